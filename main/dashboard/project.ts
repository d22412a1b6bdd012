/**
 * Everything the dashboard does about the one project it shows: its picture, its operations, its samples. Turning to
 * another project closes this and makes a new one.
 */
import type { Snapshot, Stats } from '../../preload/api';
import type { Cluster } from '../core/cluster';
import { defaultName } from '../core/config/naming';
import { k3sVmError, K3sVmError } from '../core/errors';
import { kubeconfigFile } from '../core/paths';
import type { Core } from './core';
import { createObserver, type Observer } from './observer';
import { createOperations, type Operations } from './operations';
import { blank, createPicture, type Picture } from './picture';
import { createUsageHistory, sampleMs, type UsageHistory } from './usage-history';

export interface ShownProject {
  readonly path: string;
  readonly kubeconfig: string;
  readonly picture: Picture;
  readonly observer: Observer;
  readonly operations: Operations;
  readonly history: UsageHistory;
  /** @throws why the configuration cannot be loaded */
  cluster(): Cluster;
  /** Cancels what runs, waits for it, and lets go. */
  close(): Promise<void>;
}

export interface ProjectListeners {
  readonly snapshot: (snapshot: Snapshot) => void;
  readonly stats: (stats: Stats) => void;
  /** Whether anybody watches the charts. */
  readonly watched: () => boolean;
}

/** Begins to look after a project. Nothing is waited for: the first picture is there at once. */
export function showProject(core: Core, path: string, listeners: ProjectListeners): ShownProject {
  const picture = createPicture(blank(path, defaultName(path)));
  picture.subscribe(listeners.snapshot);
  const observer = createObserver(core, path, picture);
  const operations = createOperations(
    picture,
    (flags) => core.open(path, flags),
    () => observer.refresh(),
  );
  const history = createUsageHistory();
  const ended = new AbortController();
  let sampling = false;
  const sample = async (): Promise<void> => {
    const isRunning = picture.get().vm?.state === 'running';
    if (sampling || !listeners.watched()) return;
    sampling = true;
    try {
      const usage = isRunning ? await observer.cluster()?.usage({ signal: ended.signal }) : undefined;
      const stats = history.take(usage);
      if (stats !== undefined && !ended.signal.aborted) listeners.stats(stats);
    } catch {
      // The observer says that libvirt is gone
      history.take(undefined);
    } finally {
      sampling = false;
    }
  };
  const timer = setInterval(() => void sample(), sampleMs);
  timer.unref();
  return {
    path,
    kubeconfig: kubeconfigFile(path),
    picture,
    observer,
    operations,
    history,
    cluster() {
      const cluster = observer.cluster();
      if (cluster !== undefined) return cluster;
      const { configError } = picture.get();
      if (configError === undefined) throw k3sVmError('USAGE', { problem: 'The project is still being looked at.' });
      throw new K3sVmError(
        configError.code,
        configError.message,
        configError.hints,
        configError.exitStatus,
        configError.cause,
      );
    },
    async close() {
      operations.cancel();
      await operations.idle();
      clearInterval(timer);
      ended.abort();
      observer.close();
    },
  };
}
