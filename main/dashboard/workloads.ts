/**
 * The cluster's workloads, live: each kind is listed and then watched from where the list ended; a watch that is lost is
 * taken up with a new list, which replaces what was known (https://kubernetes.io/docs/reference/using-api/api-concepts/).
 *
 * @kubernetes/client-node is loaded when the page is first opened.
 */
import { PassThrough, type Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogLine, WorkloadChange, WorkloadKind } from '../../preload/api';
import { asK3sVmError, errorData, k3sVmError } from '../core/errors';
import { createApiClient, type ApiClient } from '../core/k3s/api';
import { readKubeconfig } from '../core/k3s/kubeconfig';
import { workloadRow, type KubernetesObject } from './workload-rows';

const paths: Readonly<Record<WorkloadKind, string>> = {
  nodes: '/api/v1/nodes',
  namespaces: '/api/v1/namespaces',
  deployments: '/apis/apps/v1/deployments',
  pods: '/api/v1/pods',
  services: '/api/v1/services',
  events: '/api/v1/events',
};
export const workloadKinds = Object.keys(paths) as WorkloadKind[];

interface List {
  readonly metadata: { readonly resourceVersion?: string };
  readonly items: readonly KubernetesObject[];
}

/** How the API is asked. Tests put a fake in its place. */
export interface WorkloadApi {
  list(path: string, signal: AbortSignal): Promise<List>;
  /** Tells every change until it ends, which it does from time to time. @throws what ended it before its time */
  watch(
    path: string,
    resourceVersion: string,
    tell: (type: string, object: KubernetesObject) => void,
    signal: AbortSignal,
  ): Promise<void>;
}

async function access(kubeconfig: string) {
  const found = await readKubeconfig(kubeconfig);
  if (found === undefined) {
    throw k3sVmError('API_UNREACHABLE', { server: 'the cluster', why: `no usable kubeconfig at ${kubeconfig}` });
  }
  return found;
}

async function client(kubeconfig: string) {
  await access(kubeconfig);
  const kubernetes = await import('@kubernetes/client-node');
  const config = new kubernetes.KubeConfig();
  config.loadFromFile(kubeconfig);
  return { kubernetes, config };
}

/** The API that a kubeconfig names. It is read anew for every list: setup and restart may write another. */
export function workloadApi(kubeconfig: string): WorkloadApi {
  return {
    async list(path, signal) {
      const api: ApiClient = createApiClient(await access(kubeconfig));
      try {
        return await api.json<List>(path, { signal });
      } finally {
        api.close();
      }
    },
    async watch(path, resourceVersion, tell, signal) {
      const { kubernetes, config } = await client(kubeconfig);
      const watch = new kubernetes.Watch(config);
      await new Promise<void>((resolve, reject) => {
        const query = { resourceVersion, allowWatchBookmarks: true };
        const done = (error: unknown): void => {
          signal.removeEventListener('abort', stop);
          if (error === null || error === undefined || signal.aborted) resolve();
          else reject(error instanceof Error ? error : new Error(JSON.stringify(error)));
        };
        let controller: AbortController | undefined;
        const stop = (): void => {
          controller?.abort();
          resolve();
        };
        signal.addEventListener('abort', stop, { once: true });
        watch
          .watch(path, query, (type: string, object: KubernetesObject) => tell(type, object), done)
          .then((started) => {
            controller = started;
            if (signal.aborted) stop();
          }, done);
      });
    },
  };
}

/** Changes wait here for a window that is slow; too many of them become one replacement. */
const mostWaiting = 10_000;

/**
 * All workloads and what becomes of them, until the signal.
 *
 * @param retryMs between two attempts after a failure
 */
export async function* workloadChanges(
  api: WorkloadApi,
  signal: AbortSignal,
  retryMs = 2000,
): AsyncGenerator<WorkloadChange> {
  let queue: WorkloadChange[] = [];
  let wake = (): void => undefined;
  const known = new Map(workloadKinds.map((kind) => [kind, new Map<string, KubernetesObject>()]));
  const of = (kind: WorkloadKind): Map<string, KubernetesObject> => known.get(kind) ?? new Map();
  const replacement = (kind: WorkloadKind): WorkloadChange => ({
    type: 'replace',
    kind,
    rows: [...of(kind).values()].map((object) => workloadRow(kind, object)),
  });
  const put = (change: WorkloadChange): void => {
    queue.push(change);
    if (queue.length > mostWaiting) queue = workloadKinds.map(replacement);
    wake();
  };

  async function follow(kind: WorkloadKind): Promise<void> {
    const objects = of(kind);
    while (!signal.aborted) {
      try {
        const list = await api.list(paths[kind], signal);
        objects.clear();
        for (const object of list.items) objects.set(object.metadata.uid, object);
        put(replacement(kind));
        put({ type: 'watch', kind, state: 'live' });
        await api.watch(
          paths[kind],
          list.metadata.resourceVersion ?? '',
          (type, object) => {
            if (type === 'ADDED' || type === 'MODIFIED') {
              objects.set(object.metadata.uid, object);
              put({ type: 'upsert', row: workloadRow(kind, object) });
            } else if (type === 'DELETED') {
              objects.delete(object.metadata.uid);
              put({ type: 'remove', kind, uid: object.metadata.uid });
            }
          },
          signal,
        );
        // The server ends every watch after a while; a list at once finds nothing new
        await sleep(Math.min(retryMs, 500), undefined, { signal });
      } catch (thrown) {
        if (signal.aborted) return;
        put({ type: 'watch', kind, state: 'retrying', error: unreachable(thrown) });
        await sleep(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  for (const kind of workloadKinds) void follow(kind).catch(() => undefined);
  signal.addEventListener('abort', () => wake(), { once: true });
  while (!signal.aborted) {
    const next = queue.shift();
    if (next !== undefined) yield next;
    else await new Promise<void>((resolve) => (wake = resolve));
  }
}

function unreachable(thrown: unknown) {
  const error = asK3sVmError(thrown);
  return errorData(
    error.code === 'INTERNAL'
      ? k3sVmError('API_UNREACHABLE', { server: 'the cluster', why: (thrown as Error).message }, thrown)
      : error,
  );
}

/** Restarts a deployment as `kubectl rollout restart` does: a new annotation makes new pods. */
export async function restartDeployment(kubeconfig: string, namespace: string, name: string): Promise<void> {
  const { kubernetes, config } = await client(kubeconfig);
  const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
  await config
    .makeApiClient(kubernetes.AppsV1Api)
    .patchNamespacedDeployment(
      { namespace, name, body: { spec: { template: { metadata: { annotations } } } } },
      kubernetes.setHeaderOptions('Content-Type', kubernetes.PatchStrategy.StrategicMergePatch),
    );
}

export async function deleteWorkload(
  kubeconfig: string,
  kind: 'deployments' | 'pods' | 'services',
  namespace: string,
  name: string,
): Promise<void> {
  const { kubernetes, config } = await client(kubeconfig);
  const which = { namespace, name };
  if (kind === 'deployments') await config.makeApiClient(kubernetes.AppsV1Api).deleteNamespacedDeployment(which);
  else if (kind === 'pods') await config.makeApiClient(kubernetes.CoreV1Api).deleteNamespacedPod(which);
  else await config.makeApiClient(kubernetes.CoreV1Api).deleteNamespacedService(which);
}

/** A container's log, followed until the signal. */
export async function* podLog(
  kubeconfig: string,
  which: { readonly namespace: string; readonly pod: string; readonly container: string; readonly lines: number },
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const { kubernetes, config } = await client(kubeconfig);
  const sink = new PassThrough();
  const request = await new kubernetes.Log(config).log(which.namespace, which.pod, which.container, sink, {
    follow: true,
    tailLines: which.lines,
  });
  const stop = (): void => {
    request.abort();
    sink.end();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const text of createInterface({ input: sink as Readable, crlfDelay: Infinity })) yield { text };
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}
