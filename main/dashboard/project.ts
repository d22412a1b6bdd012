/**
 * Everything about the project that the dashboard shows: its snapshot, operations and samples. Switching to another project
 * closes this and creates a new one.
 */
import type { Snapshot, Stats } from '../../preload/api';
import type { Core, ProjectRef } from './core';
import { createObserver, type Observer } from './observer';
import { createOperations, type Operations } from './operations';
import { blank, createPicture, type Picture } from './picture';
import { createUsageHistory, type UsageHistory } from './usage-history';

export interface ShownProject {
  readonly path: string;
  readonly picture: Picture;
  readonly observer: Observer;
  readonly operations: Operations;
  readonly history: UsageHistory;
  /** Aborted when it is no longer shown. */
  readonly signal: AbortSignal;
  /** A signal that is aborted when the VM stops running, so that connections to it are closed at once. */
  run(): AbortSignal;
  /** Cancels the running operation, waits for it, and releases everything. */
  close(): Promise<void>;
}

export interface ProjectListeners {
  readonly snapshot: (snapshot: Snapshot) => void;
  readonly stats: (stats: Stats) => void;
  /** Something happened to a VM of another project. */
  readonly othersChanged: () => void;
  /** Whether a window is open. */
  readonly watched: () => boolean;
}

/**
 * Starts looking after a project. It does not wait for anything: the first snapshot is there at once.
 *
 * @param sequence number of the first snapshot
 */
export function showProject(
  core: Core,
  { path, name }: ProjectRef,
  sequence: number,
  listeners: ProjectListeners,
): ShownProject {
  const { watched, othersChanged } = listeners;
  const ended = new AbortController();
  let run = new AbortController();
  let wasRunning = false;
  const picture = createPicture(blank(path, name, sequence), (snapshot) => {
    const isRunning = snapshot.vm?.state === 'running';
    if (wasRunning && !isRunning) {
      run.abort();
      run = new AbortController();
    }
    wasRunning = isRunning;
    listeners.snapshot(snapshot);
  });
  const observer = createObserver({ core, path, picture, watched, othersChanged });
  const operations = createOperations(
    picture,
    (flags) => core.open(observer.project(), flags),
    () => observer.refresh(),
  );
  const history = createUsageHistory(async (signal) => {
    if (picture.get().vm?.state !== 'running' || !watched()) return undefined;
    return (await observer.cluster()).usage({ signal });
  }, listeners.stats);
  return {
    path,
    picture,
    observer,
    operations,
    history,
    signal: ended.signal,
    run: () => run.signal,
    async close() {
      operations.cancel();
      await operations.idle();
      history.close();
      observer.close();
      run.abort();
      ended.abort();
    },
  };
}
