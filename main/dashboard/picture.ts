/**
 * The picture of the VM that windows and tray show: one value, replaced as a whole, told to whoever listens.
 */
import type { Snapshot } from '../../preload/api';

/** `configError: undefined` takes it away. */
export type Change = Partial<Omit<Snapshot, 'sequence' | 'configError'>> & {
  readonly configError?: Snapshot['configError'] | undefined;
};

export interface Picture {
  get(): Snapshot;
  /** Changes part of it; nothing is told where nothing changes. */
  change(part: Change): void;
}

/** @param tell is told every new picture */
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

/** The picture of a project of which nothing is known yet. */
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
