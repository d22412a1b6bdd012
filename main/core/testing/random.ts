/**
 * Repeatable random values for property tests: the same seed gives the same values on every machine.
 */
export interface Random {
  /** At least 0, less than 1. */
  next(): number;
  /** A whole number at least 0, less than `below`. */
  int(below: number): number;
  pick<T>(list: readonly [T, ...T[]] | readonly T[]): T;
  /** Up to `longest` characters out of `alphabet`, each of which may be more than one UTF-16 unit. */
  text(alphabet: string, longest: number): string;
}

/** Mulberry32, a public-domain generator by Tommy Ettinger: good enough to spread test values, and eight lines long. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (below: number): number => Math.floor(next() * below);
  return {
    next,
    int,
    pick: (list) => list[int(list.length)] as never,
    text: (alphabet, longest) => {
      const letters = [...alphabet];
      return Array.from({ length: int(longest + 1) }, () => letters[int(letters.length)]).join('');
    },
  };
}
