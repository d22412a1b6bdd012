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
  /** The configured value, clamped to the range. */
  readonly base: number;
  /** The wanted value, clamped to the range. */
  readonly value: number;
  /** The text in the input. */
  readonly text: string;
  readonly problem: string | null;
  readonly isChanged: boolean;
  /** The flag or variable that sets it and cannot be overridden here. */
  readonly fixedBy: string | null;
}

/** An amount as its input shows it: a number of CPUs, or of GiB. */
export const inputText = (key: ResourceKey, value: number): string =>
  key === 'cpus' ? String(value) : decimal(value / GiB, 3);

/** An amount in words: "4 CPUs", "6.5 GiB". */
export const inWords = (key: ResourceKey, value: number): string =>
  key === 'cpus' ? common.cpus(value) : strings.gibibytes(decimal(value / GiB, 2));

/** An amount of the host's, which is never round, to a tenth of a GiB: "9.3 GiB". */
export const sizeInWords = (value: number): string => strings.gibibytes(decimal(value / GiB, 1));

/** Parses an amount; undefined if it is not valid. GiB are rounded to MiB, the unit of libvirt and QEMU. */
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

/** One resource with the draft applied. */
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

/** The amounts to ask for. An unchanged one stays exactly as configured, even if it is out of range. */
export function wantedAmounts(resources: Resources, lines: readonly Line[]): Amounts {
  const of = (key: ResourceKey): number => {
    const line = lines.find((one) => one.key === key);
    return line?.isChanged === true ? line.value : resources.configured[key];
  };
  return { cpus: of('cpus'), memoryBytes: of('memoryBytes'), diskBytes: of('diskBytes') };
}
