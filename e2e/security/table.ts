/**
 * Prints the attacks as a table: topic, what was tried, whether the product held, and what was seen.
 */
import type { FullResult, Reporter, TestCase, TestResult } from '@playwright/test/reporter';

interface Row {
  readonly topic: string;
  readonly title: string;
  readonly held: boolean;
  readonly evidence: string;
}

export default class AttackTable implements Reporter {
  readonly #rows: Row[] = [];

  onTestEnd({ title, annotations }: TestCase, { status, error, annotations: more }: TestResult): void {
    const note = (type: string): string | undefined =>
      [...annotations, ...more].find((annotation) => annotation.type === type)?.description;
    this.#rows.push({
      topic: note('topic') ?? '',
      title,
      held: status === 'passed',
      evidence: note('evidence') ?? error?.message?.split('\n')[0] ?? status,
    });
  }

  onEnd(_: FullResult): void {
    const rows = [...this.#rows].sort((a, b) => a.topic.localeCompare(b.topic) || a.title.localeCompare(b.title));
    const width = Math.max(0, ...rows.map(({ topic }) => topic.length));
    for (const { topic, title, held, evidence } of rows) {
      console.log(`${held ? 'held  ' : 'BROKEN'}  ${topic.padEnd(width)}  ${title}`);
      console.log(`        ${' '.repeat(width)}  → ${evidence.slice(0, 160)}`);
    }
    console.log(`${rows.filter(({ held }) => held).length} of ${rows.length} attacks held`);
  }
}
