/**
 * Waiting for a cluster to be well.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { HealthCheck } from '../cluster';
import type { Config, WaitFor } from '../config/schema';
import { k3sVmError, type K3sVmError } from '../errors';
import { createApiClient } from '../k3s/api';
import { apiHealth } from '../k3s/health';
import type { ApiAccess } from '../k3s/kubeconfig';
import type { Report } from '../progress';

/** What has to be `ok` for each level. */
const levels: Readonly<Record<Exclude<WaitFor, 'none'>, readonly string[]>> = {
  api: ['api', 'readyz'],
  node: ['api', 'readyz', 'node'],
  all: ['api', 'readyz', 'node', 'workloads'],
};

/** Packaged components this project leaves out, by either way of saying so. */
export function disabledComponents(config: Config): readonly string[] {
  const own = config.k3s.config.disable;
  return [...config.k3s.disable, ...(Array.isArray(own) ? own.map(String) : typeof own === 'string' ? [own] : [])];
}

/** The error of a cluster that did not get well in time, by the first thing that is wrong with it. */
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

/**
 * Asks until the cluster has reached a level. The next question follows by 250 ms, but not before four times what the
 * last answer took, or K3s' own word that it is up: an API server that starts on a slow machine answers at the cost of
 * its start, and kubelet gives up on one that is not up within some 40 s (seen with K3s 1.21 in an emulated guest, which
 * took three attempts while it was asked four times a second, and one when it was left alone).
 *
 * @param options.wake K3s' word, where there is one to come
 * @returns how long it took is for the caller to measure; the last answer is told through `onChecks`
 * @throws the signal's reason
 */
export async function waitUntilReady(
  config: Config,
  access: ApiAccess,
  level: Exclude<WaitFor, 'none'>,
  options: {
    readonly signal: AbortSignal;
    readonly report: Report;
    readonly onChecks?: (checks: readonly HealthCheck[]) => void;
    readonly wake?: Promise<void> | undefined;
  },
): Promise<void> {
  const client = createApiClient(access);
  const disabled = disabledComponents(config);
  const { signal } = options;
  let { wake } = options;
  const woken = (): void => (wake = undefined);
  wake?.then(woken, woken);
  try {
    for (;;) {
      const askedAt = performance.now();
      const { checks } = await apiHealth(client, { level, disabled, clientCert: access.cert, signal });
      const left = problems(checks, level);
      options.onChecks?.(checks);
      if (left.length === 0) return;
      options.report({ message: left[0] ?? '' });
      await pause(Math.max(pauseMs, 4 * (performance.now() - askedAt)), wake, signal);
    }
  } finally {
    client.close();
  }
}

/** Sleeps, until `wake` at most. */
async function pause(ms: number, wake: Promise<void> | undefined, signal: AbortSignal): Promise<void> {
  const woken = new AbortController();
  const end = (): void => woken.abort();
  wake?.then(end, end);
  await sleep(ms, undefined, { signal: AbortSignal.any([signal, woken.signal]) }).catch(() => signal.throwIfAborted());
}
