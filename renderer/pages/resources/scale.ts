/**
 * The sliders' scales. Steps grow with the value, so that a slider is fine where it matters and still short enough for
 * the keyboard: a slider moves over the places of its stops, not over bytes.
 */
import type { Amounts } from '../../../preload/api';

export type ResourceKey = keyof Amounts;
export const resourceKeys: readonly ResourceKey[] = ['cpus', 'memoryBytes', 'diskBytes'];

export const MiB = 2 ** 20;
export const GiB = 2 ** 30;

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Steps by resource: `step` holds below `below`. CPUs in CPUs, the others in bytes. */
const bands: Readonly<Record<ResourceKey, readonly { readonly below: number; readonly step: number }[]>> = {
  cpus: [{ below: Infinity, step: 1 }],
  memoryBytes: [
    { below: 4 * GiB, step: 256 * MiB },
    { below: 16 * GiB, step: 512 * MiB },
    { below: Infinity, step: GiB },
  ],
  diskBytes: [
    { below: 64 * GiB, step: GiB },
    { below: 256 * GiB, step: 4 * GiB },
    { below: Infinity, step: 16 * GiB },
  ],
};

const stepAt = (key: ResourceKey, value: number): number => bands[key].find(({ below }) => value < below)?.step ?? 1;

/**
 * All values a slider can take, rising: the multiples of the steps, both ends, and `present`, which may be off the grid
 * because it was written by hand.
 */
export function stops(key: ResourceKey, { min, max }: Range, present: number): readonly number[] {
  const all = new Set([min, Math.max(min, max)]);
  if (present >= min && present <= max) all.add(present);
  for (let value = min; value < max;) {
    const step = stepAt(key, value);
    value = (Math.floor(value / step) + 1) * step;
    if (value < max) all.add(value);
  }
  return [...all].sort((a, b) => a - b);
}

/** Index of the stop that is nearest to a value. */
export const nearestStop = (of: readonly number[], value: number): number =>
  of.reduce(
    (best, stop, index) => (Math.abs(stop - value) < Math.abs((of[best] ?? Infinity) - value) ? index : best),
    0,
  );

/** Where a value stands on a slider over the stops: 0 at its left end, 1 at its right. */
export function position(of: readonly number[], value: number): number {
  const last = of.length - 1;
  if (last < 1) return 0;
  const after = of.findIndex((stop) => stop >= value);
  if (after === -1) return 1;
  const [low, high] = [of[after - 1], of[after]];
  if (low === undefined || high === undefined) return 0;
  return (after - 1 + (value - low) / (high - low)) / last;
}
