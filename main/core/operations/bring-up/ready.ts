/**
 * Waiting for a cluster to become healthy.
 */
import type { HealthCheck } from '../../cluster';
import type { Config, WaitFor } from '../../config/schema';
import { k3sVmError, type K3sVmError } from '../../errors';
import { connectToGuest } from '../../guest/connect';
import { createApiClient } from '../../k3s/api';
import { apiHealth, apiUnreachable, type ApiHealth } from '../../k3s/health';
import { disabledComponents } from '../../k3s/packaged-components';
import type { ApiAccess } from '../../k3s/kubeconfig';
import { pause } from '../../pause';
import type { Report } from '../../progress';

/** What has to be `ok` for each level. */
const levels: Readonly<Record<Exclude<WaitFor, 'none'>, readonly string[]>> = {
  api: ['api', 'readyz'],
  node: ['api', 'readyz', 'node'],
  all: ['api', 'readyz', 'node', 'workloads'],
};

/** The error of a cluster that did not become healthy in time, by the first check that failed. */
export function notReadyError(
  checks: readonly HealthCheck[],
  level: Exclude<WaitFor, 'none'>,
  server: string,
  seconds: number,
): K3sVmError {
  const first = checks.find(({ state }) => state === 'failed');
  if (first?.id === 'certificates') return k3sVmError('CERTIFICATE_EXPIRED', { what: first.detail });
  if (first?.id === 'api') return k3sVmError('API_UNREACHABLE', { server, why: first.detail });
  return k3sVmError('NOT_HEALTHY', { waited: seconds, problems: problems(checks, level) });
}

/** What still keeps a cluster from a level, for people. */
export const problems = (checks: readonly HealthCheck[], level: Exclude<WaitFor, 'none'>): string[] =>
  levels[level].flatMap((id) => {
    const found = checks.find((check) => check.id === id);
    return found?.state === 'ok' || found?.state === 'warning'
      ? []
      : [`${found?.title ?? id}: ${found?.detail ?? 'not reached yet'}`];
  });

/** Between an answer and the next question. */
const pauseMs = 250;

/** After which a guest that says nothing at all is reported as such. */
const silenceMs = 3000;

export interface ReadyOptions {
  readonly signal: AbortSignal;
  readonly report: Report;
  /** K3s' word that it is up, where there is one to come: asks at once then. */
  readonly wake?: Promise<void> | undefined;
  /** The cluster was up when the VM was suspended or paused, so frequent questions do not delay its start. */
  readonly resumed?: boolean;
  /** What else has to come about, for people; asked after each answer. */
  readonly pending?: () => readonly string[];
  /** Whether to end the wait with the checks as they are, although some failed; called after each answer. */
  readonly enough?: (checks: readonly HealthCheck[]) => boolean;
}

/**
 * Waits until the cluster has reached a level.
 *
 * @throws the signal's reason
 */
export async function waitUntilReady(
  config: Config,
  access: ApiAccess,
  level: Exclude<WaitFor, 'none'>,
  options: ReadyOptions & { readonly onHealth: (health: ApiHealth) => void },
): Promise<void> {
  const client = createApiClient(access);
  const disabled = disabledComponents(config);
  const { signal } = options;
  const { hostname, port } = new URL(access.server);
  let isUp = false;
  const knock = async (): Promise<ApiHealth | undefined> => {
    try {
      (await connectToGuest(hostname, Number(port), silenceMs, signal)).destroy();
      isUp = true;
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      return { checks: [apiUnreachable(error)], nodes: [] };
    }
  };
  const ask = async (): Promise<Asked> => {
    const silence = isUp ? undefined : await knock();
    const health = silence ?? (await apiHealth(client, { level, disabled, clientCert: access.cert, signal }));
    options.onHealth(health);
    return { checks: health.checks, unheard: silence !== undefined };
  };
  try {
    await askUntilReady(ask, level, options);
  } finally {
    client.close();
  }
}

export interface Asked {
  readonly checks: readonly HealthCheck[];
  /** Whether the question never reached the guest, and so caused no work there. */
  readonly unheard?: boolean;
}

/**
 * Asks until all is well. The next question follows by 250 ms, but not before four times what the last answer took: on a
 * slow machine an API server that starts answers at the cost of its start, and it has a deadline: kubelet of K3s 1.21 ends
 * itself some 36 s after its start when the API server will not have its CSINode yet.
 */
export async function askUntilReady(
  ask: () => Promise<Asked>,
  level: Exclude<WaitFor, 'none'>,
  options: ReadyOptions,
): Promise<void> {
  const { wake, signal } = options;
  let isUp = false;
  const woken = (): void => void (isUp = true);
  wake?.then(woken, () => undefined);
  for (;;) {
    const askedAt = performance.now();
    const wasUp = isUp;
    const { checks, unheard = false } = await ask();
    const left = [...problems(checks, level), ...(options.pending?.() ?? [])];
    if (left.length === 0 || options.enough?.(checks) === true) return;
    options.report({ message: left[0] ?? '' });
    const isNews = isUp && !wasUp;
    const easeMs = isNews || options.resumed === true || unheard ? 0 : 4 * (performance.now() - askedAt);
    await pause(Math.max(pauseMs, easeMs), signal, isUp ? undefined : wake);
  }
}
