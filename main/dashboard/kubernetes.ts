/**
 * The cluster's API for the workloads page. @kubernetes/client-node is loaded when it is first needed.
 */
import { asK3sVmError, k3sVmError, type K3sVmError } from '../core/errors';
import { createApiClient } from '../core/k3s/api';
import type { ApiAccess } from '../core/k3s/kubeconfig';
import { clusterKubeconfig } from '../core/k3s/kubeconfig-files';
import { dashboardError } from './errors';
import { strings } from './strings';
import type { KubernetesObject } from './workload-rows';

export interface List {
  readonly metadata: { readonly resourceVersion?: string };
  readonly items: readonly KubernetesObject[];
}

/** How workloads are asked for. Tests put a fake in its place. */
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

/**
 * How to reach the cluster of a project, from the kubeconfig that we keep of its VM.
 *
 * @throws API_UNREACHABLE when there is none; KUBECONFIG_REFUSED
 */
export async function apiAccess(project: string): Promise<ApiAccess> {
  const own = await clusterKubeconfig(project);
  if (own !== undefined) return own.access;
  throw k3sVmError('API_UNREACHABLE', { server: strings.theCluster, why: strings.noKubeconfig });
}

/** The client is given data alone, and no file to load: a kubeconfig could name a program to run. */
async function client(project: string) {
  const { server, ca, cert, key } = await apiAccess(project);
  const kubernetes = await import('@kubernetes/client-node');
  const config = new kubernetes.KubeConfig();
  const name = 'k3s-vm';
  config.loadFromClusterAndUser(
    { name, server, caData: ca.toString('base64'), skipTLSVerify: false },
    { name, certData: cert.toString('base64'), keyData: key.toString('base64') },
  );
  return { kubernetes, config };
}

/**
 * The API of a project's cluster. The kubeconfig is read again for every list: setup and restart may write another.
 *
 * @param run raised when the VM stops running: TCP would notice only minutes later
 */
export function workloadApi(project: string, run: () => AbortSignal): WorkloadApi {
  return {
    async list(path, signal) {
      const api = createApiClient(await apiAccess(project));
      try {
        return await api.json<List>(path, { signal });
      } finally {
        api.close();
      }
    },
    async watch(path, resourceVersion, tell, signal) {
      const { kubernetes, config } = await client(project);
      const stopped = run();
      await new Promise<void>((resolve, reject) => {
        let started: AbortController | undefined;
        const done = (error?: unknown): void => {
          signal.removeEventListener('abort', giveUp);
          stopped.removeEventListener('abort', giveUp);
          started?.abort();
          if (error === null || error === undefined || signal.aborted) resolve();
          else reject(error instanceof Error ? error : new Error(JSON.stringify(error)));
        };
        const giveUp = (): void => done(new Error(strings.vmStopped));
        const take = (type: string, object: KubernetesObject): void => {
          // Most often that the version to go on from is too old: a new list helps
          if (type === 'ERROR') done(new Error(statusMessage(object) ?? strings.watchFailed));
          else tell(type, object);
        };
        signal.addEventListener('abort', giveUp, { once: true });
        stopped.addEventListener('abort', giveUp, { once: true });
        new kubernetes.Watch(config)
          .watch(path, { resourceVersion, allowWatchBookmarks: true }, take, done)
          .then((controller) => {
            started = controller;
            if (signal.aborted || stopped.aborted) giveUp();
          }, done);
      });
    },
  };
}

/** An error of the API as one of ours. */
export function apiError(thrown: unknown, doing: string): K3sVmError {
  const error = asK3sVmError(thrown);
  if (error.code !== 'INTERNAL') return error;
  const { code, body } = thrown as { readonly code?: unknown; readonly body?: unknown };
  const why = statusMessage(body) ?? (thrown instanceof Error ? thrown.message : String(thrown));
  return typeof code === 'number'
    ? dashboardError('API_REFUSED', { doing, why: why.replace(/\.$/, '') })
    : k3sVmError('API_UNREACHABLE', { server: strings.theCluster, why }, thrown);
}

/** The message of a Status object (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/). */
export function statusMessage(body: unknown): string | undefined {
  try {
    const { message } = (typeof body === 'string' ? JSON.parse(body) : body) as { readonly message?: unknown };
    return typeof message === 'string' && message !== '' ? message : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Restarts a deployment as `kubectl rollout restart` does: a new annotation makes new pods.
 *
 * @throws API_REFUSED, API_UNREACHABLE
 */
export async function restartDeployment(project: string, namespace: string, name: string): Promise<void> {
  try {
    const { kubernetes, config } = await client(project);
    const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
    await config
      .makeApiClient(kubernetes.AppsV1Api)
      .patchNamespacedDeployment(
        { namespace, name, body: { spec: { template: { metadata: { annotations } } } } },
        kubernetes.setHeaderOptions('Content-Type', kubernetes.PatchStrategy.StrategicMergePatch),
      );
  } catch (error) {
    throw apiError(error, strings.restartDeployment(`${namespace}/${name}`));
  }
}

/** @throws API_REFUSED, API_UNREACHABLE */
export async function deleteWorkload(
  project: string,
  kind: 'deployments' | 'pods' | 'services',
  namespace: string,
  name: string,
): Promise<void> {
  const which = { namespace, name };
  try {
    const { kubernetes, config } = await client(project);
    const core = config.makeApiClient(kubernetes.CoreV1Api);
    if (kind === 'deployments') await config.makeApiClient(kubernetes.AppsV1Api).deleteNamespacedDeployment(which);
    else if (kind === 'pods') await core.deleteNamespacedPod(which);
    else await core.deleteNamespacedService(which);
  } catch (error) {
    throw apiError(error, strings.deleteWorkload(kind, `${namespace}/${name}`));
  }
}
