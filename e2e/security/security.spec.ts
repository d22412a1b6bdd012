/**
 * Every attack of attacks/, one test each. The table at the end is what docs/security.md refers to.
 */
import { expect, test } from '@playwright/test';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Attack } from './attack';
import { withBench } from './bench';

const folder = join(import.meta.dirname, 'attacks');
const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));
const attacks: Attack[] = [];
for (const name of files) attacks.push(...((await import(join(folder, name))) as { default: Attack[] }).default);

for (const { topic, title, run } of attacks) {
  test(title, { annotation: { type: 'topic', description: topic } }, async () => {
    const { held, evidence } = await withBench(run);
    test.info().annotations.push({ type: 'evidence', description: evidence });
    expect(held, evidence).toBe(true);
  });
}
