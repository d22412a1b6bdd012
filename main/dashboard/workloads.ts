/**
 * The cluster's workloads, live. Each kind is listed and then watched from that version on. After a watch is lost, a new
 * list replaces what was known (https://kubernetes.io/docs/reference/using-api/api-concepts/).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkloadChange, WorkloadKind, WorkloadRow } from '../../preload/api';
import { errorData } from '../core/errors';
import { apiError, type WorkloadApi } from './kubernetes';
import { strings } from './strings';
import { workloadRow } from './workload-rows';

const paths: Readonly<Record<WorkloadKind, string>> = {
  nodes: '/api/v1/nodes',
  namespaces: '/api/v1/namespaces',
  deployments: '/apis/apps/v1/deployments',
  pods: '/api/v1/pods',
  services: '/api/v1/services',
  events: '/api/v1/events',
};
const workloadKinds = Object.keys(paths) as WorkloadKind[];

type WatchState = Extract<WorkloadChange, { type: 'watch' }>;

/** What is known of a kind, to bring a reader up to date that has missed changes. */
interface Known {
  readonly rows: Map<string, WorkloadRow>;
  listed: boolean;
  watch: WatchState | undefined;
}

/** How many changes may wait for a slow reader. If there are more, one replacement of everything is sent instead. */
const mostWaiting = 10_000;

/**
 * All workloads and their changes, until the signal is aborted.
 *
 * @param retryMs between two attempts after a failure
 */
export async function* workloadChanges(
  api: WorkloadApi,
  signal: AbortSignal,
  retryMs = 2000,
): AsyncGenerator<WorkloadChange> {
  const known = new Map<WorkloadKind, Known>(
    workloadKinds.map((kind) => [kind, { rows: new Map(), listed: false, watch: undefined }]),
  );
  let waiting: WorkloadChange[] = [];
  let wake = (): void => undefined;
  const everything = (): WorkloadChange[] =>
    [...known].flatMap(([kind, { rows, listed, watch }]) => [
      ...(listed ? [{ type: 'replace' as const, kind, rows: [...rows.values()] }] : []),
      ...(watch === undefined ? [] : [watch]),
    ]);
  const tell = (...changes: readonly WorkloadChange[]): void => {
    waiting.push(...changes);
    if (waiting.length > mostWaiting) waiting = everything();
    wake();
  };

  async function listAndWatch(kind: WorkloadKind, of: Known): Promise<void> {
    const list = await api.list(paths[kind], signal);
    of.rows.clear();
    for (const object of list.items) of.rows.set(object.metadata.uid, workloadRow(kind, object));
    of.listed = true;
    of.watch = { type: 'watch', kind, state: 'live' };
    tell({ type: 'replace', kind, rows: [...of.rows.values()] }, of.watch);
    const take = (type: string, object: Parameters<typeof workloadRow>[1]): void => {
      if (type === 'ADDED' || type === 'MODIFIED') {
        const row = workloadRow(kind, object);
        of.rows.set(row.uid, row);
        tell({ type: 'upsert', row });
      } else if (type === 'DELETED') {
        of.rows.delete(object.metadata.uid);
        tell({ type: 'remove', kind, uid: object.metadata.uid });
      }
    };
    await api.watch(paths[kind], list.metadata.resourceVersion ?? '', take, signal);
  }

  async function follow(kind: WorkloadKind, of: Known): Promise<void> {
    while (!signal.aborted) {
      try {
        await listAndWatch(kind, of);
      } catch (thrown) {
        if (signal.aborted) return;
        of.watch = {
          type: 'watch',
          kind,
          state: 'retrying',
          error: errorData(apiError(thrown, strings.listKind(kind))),
        };
        tell(of.watch);
      }
      // Pause even after a normal end: a server that ends every watch at once must not be asked in a tight loop
      await sleep(retryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  for (const [kind, of] of known) void follow(kind, of);
  signal.addEventListener('abort', () => wake(), { once: true });
  while (!signal.aborted) {
    const next = waiting.shift();
    if (next !== undefined) yield next;
    else await new Promise<void>((resolve) => (wake = resolve));
  }
}
