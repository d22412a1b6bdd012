/**
 * The snapshot of the VM that windows and tray show: one value, replaced as a whole and sent to the listener.
 */
import type { Snapshot } from '../../preload/api';

/** `configError: undefined` removes it. */
export type Change = Partial<Omit<Snapshot, 'sequence' | 'configError'>> & {
  readonly configError?: Snapshot['configError'] | undefined;
};

export interface Picture {
  get(): Snapshot;
  /** Changes part of it. If nothing changes, nothing is sent. */
  change(part: Change): void;
}

/** @param tell called with every new snapshot */
export function createPicture(first: Snapshot, tell: (snapshot: Snapshot) => void): Picture {
  let now = first;
  return {
    get: () => now,
    change(part) {
      const keys = Object.keys(part) as (keyof typeof part)[];
      if (keys.every((key) => JSON.stringify(part[key]) === JSON.stringify(now[key]))) return;
      const { configError, ...rest } = { ...now, ...part };
      now = { ...rest, ...(configError === undefined ? {} : { configError }), sequence: now.sequence + 1 };
      tell(now);
    },
  };
}

/** The snapshot of a project about which nothing is known yet. */
export const blank = (project: string, name: string, sequence: number): Snapshot => ({
  sequence,
  project,
  name,
  link: { state: 'connecting' },
  vm: null,
  health: null,
  kubeconfig: null,
  stopMode: 'shutdown',
  operation: null,
  lastOperation: null,
});
