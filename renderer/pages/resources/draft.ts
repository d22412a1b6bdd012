/**
 * What the user has changed and not applied yet. The draft keeps only what was edited, as it was typed; everything else
 * is worked out from it and the host's latest answer, so that an answer that arrives during editing loses nothing.
 */
import type { Amounts, Resources } from '../../../preload/api';
import { decimal } from '../../state/format';
import { common } from '../../strings/common';
import { resources as strings } from '../../strings/resources';
import { GiB, MiB, resourceKeys, type Range, type ResourceKey } from './scale';

export type Draft = { readonly [K in ResourceKey]?: string };

/** One resource as the page shows it. CPUs in CPUs, the others in bytes. */
export interface Line {
  readonly key: ResourceKey;
  readonly range: Range;
  /** What is configured, brought into the range. */
  readonly base: number;
  /** What is wanted; where that cannot be, the nearest that can. */
  readonly value: number;
  /** What stands in the input. */
  readonly text: string;
  readonly problem: string | null;
  readonly isChanged: boolean;
  /** The flag or variable that fixes it. */
  readonly fixedBy: string | null;
}

/** An amount as its input shows it: a number of CPUs, or of GiB. */
export const inputText = (key: ResourceKey, value: number): string =>
  key === 'cpus' ? String(value) : decimal(value / GiB, 3);

/** An amount in words: "4 CPUs", "6.5 GiB". */
export const inWords = (key: ResourceKey, value: number): string =>
  key === 'cpus' ? common.cpus(value) : strings.gibibytes(decimal(value / GiB, 2));

/** What there is of something, to a tenth of a GiB: "9.3 GiB". The host's own amounts are never round. */
export const sizeInWords = (value: number): string => strings.gibibytes(decimal(value / GiB, 1));

/** The amount in a text; undefined when it is none. GiB are rounded to MiB, which is what libvirt and QEMU count in. */
export function parseAmount(key: ResourceKey, text: string): number | undefined {
  const number = text.trim().replace(',', '.');
  if (key === 'cpus') return /^\d+$/.test(number) ? Number(number) : undefined;
  return /^(\d+\.?\d*|\.\d+)$/.test(number) ? Math.round((Number(number) * GiB) / MiB) * MiB : undefined;
}

const clamp = (value: number, { min, max }: Range): number => Math.min(Math.max(value, min), max);

function problemOf(key: ResourceKey, amount: number | undefined, { min, max }: Range, isThere: boolean): string | null {
  if (amount === undefined) return key === 'cpus' ? strings.notACount : strings.notAnAmount;
  if (amount < min)
    return key === 'diskBytes' && isThere
      ? strings.tooSmallDisk(inWords(key, min))
      : strings.tooLittle(inWords(key, min));
  return amount > max ? strings.tooMuch(inWords(key, max)) : null;
}

/** One resource under the draft. */
export function lineOf(key: ResourceKey, resources: Resources, draft: Draft): Line {
  const range = resources.limits[key];
  const base = clamp(resources.configured[key], range);
  const fixedBy = resources.fixedBy[key] ?? null;
  const typed = fixedBy === null ? draft[key] : undefined;
  if (typed === undefined) {
    return { key, range, base, value: base, text: inputText(key, base), problem: null, isChanged: false, fixedBy };
  }
  const amount = typed.trim() === inputText(key, base) ? base : parseAmount(key, typed);
  const problem = problemOf(key, amount, range, resources.actual !== null);
  const value = amount === undefined ? base : clamp(amount, range);
  return { key, range, base, value, text: typed, problem, isChanged: problem !== null || value !== base, fixedBy };
}

export const linesOf = (resources: Resources, draft: Draft): readonly Line[] =>
  resourceKeys.map((key) => lineOf(key, resources, draft));

/** What to ask for: what was not touched stays exactly as it is configured, even where that is out of range. */
export function wantedAmounts(resources: Resources, lines: readonly Line[]): Amounts {
  const of = (key: ResourceKey): number => {
    const line = lines.find((one) => one.key === key);
    return line?.isChanged === true ? line.value : resources.configured[key];
  };
  return { cpus: of('cpus'), memoryBytes: of('memoryBytes'), diskBytes: of('diskBytes') };
}
