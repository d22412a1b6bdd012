/**
 * Timing and telling. Two ways are always measured alternately in one run, so that what else the machine does falls on
 * both alike.
 */

/** Wall-clock time of `work` in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = 0, high = 0] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
};

/**
 * Runs every way `rounds` times, in turn.
 *
 * @param ways each returns its time in milliseconds
 * @returns the median of each
 */
export async function alternate<Name extends string>(
  rounds: number,
  ways: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Readonly<Record<Name, number>>> {
  const names = Object.keys(ways) as Name[];
  const times = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) times.get(name)?.push(await ways[name]());
  }
  return Object.fromEntries(names.map((name) => [name, median(times.get(name) ?? [])])) as Record<Name, number>;
}

export interface Result {
  readonly what: string;
  readonly measured: string;
  /** What the project promises of it; left out where it only informs. */
  readonly bar?: string;
  readonly met?: boolean;
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
export const milliseconds = (ms: number): string => `${ms.toFixed(1)} ms`;
export const times = (ratio: number): string => `${ratio.toFixed(ratio < 10 ? 2 : 1)}×`;
export const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

/** Prints the results as the rows of bench/README.md's table. */
export function tell(title: string, results: readonly Result[]): void {
  console.log(`\n${title}`);
  for (const { what, measured, bar, met } of results) {
    console.log(`| ${what} | ${measured} | ${bar ?? '–'} | ${met === undefined ? '–' : met ? 'met' : '**not met**'} |`);
  }
}
