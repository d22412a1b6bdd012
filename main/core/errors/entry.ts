/**
 * What the catalogue's rows are made of.
 */
import type { Remedy } from './remedy';

/** Exit statuses of the command line, by kind of failure. 0 and 3 to 5 are the answers of `status`. */
export const exitStatus = {
  ok: 0,
  failure: 1,
  usage: 2,
  unhealthy: 3,
  stopped: 4,
  absent: 5,
  host: 10,
  resources: 11,
  download: 12,
  guest: 13,
  conflict: 14,
  timeout: 15,
  cancelled: 130,
} as const;

/** One kind of failure. `P`: what its texts need to know. */
export interface Entry<P> {
  readonly exit: number;
  readonly message: (p: P) => string;
  readonly hints: (p: P) => readonly Remedy[];
}

/**
 * A row of the catalogue.
 *
 * @param exit see exitStatus
 * @param message what happened
 * @param hints what to do about it, the most likely to help first
 */
export const entry = <P>(exit: number, message: (p: P) => string, hints: (p: P) => readonly Remedy[]): Entry<P> => ({
  exit,
  message,
  hints,
});
