/**
 * Keeps the snapshot of one project up to date. libvirt's events trigger a refresh; a slow poll does too, as an event can
 * be missed. What is observed replaces what was known: nothing is derived from the operations that were requested.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { quietCheckMs, type Cluster, type HealthCheck, type VmInfo } from '../core/cluster';
import { asK3sVmError, errorData, isK3sVmError, k3sVmError } from '../core/errors';
import { hasProjectCopy } from '../core/k3s/kubeconfig-files';
import { kubeconfigFile } from '../core/paths';
import type { Core, ProjectRef } from './core';
import type { Picture } from './picture';
import { withTimeLimit } from './time-limit';

export interface Observer {
  /** The project, with the latest known name and connection. */
  project(): ProjectRef;
  /** The cluster as configured now. @throws why the configuration cannot be loaded */
  cluster(): Promise<Cluster>;
  /** Refreshes the VM's state now. Resolves when that is done. */
  look(): Promise<void>;
  /** Refreshes the VM's state now, and starts a health check even if none is due. Resolves when the state is refreshed. */
  refresh(): Promise<void>;
  close(): void;
}

/** All in milliseconds. */
export interface ObserverTimes {
  /** Between two polls while a window is open. */
  readonly roundMs: number;
  /** Between two polls while no window is open. */
  readonly idleMs: number;
  readonly healthMs: number;
  /** Between two health checks of a healthy cluster that is suspended when idle. */
  readonly quietHealthMs: number;
  /** After which libvirt counts as lost. */
  readonly answerMs: number;
}

const usual: ObserverTimes = {
  roundMs: 2000,
  idleMs: 10_000,
  healthMs: 10_000,
  quietHealthMs: quietCheckMs,
  answerMs: 15_000,
};

/** How long to wait before correcting the guest's clock again, in milliseconds, in case that does not help. */
const clockMs = 60_000;

export interface ObserverOptions {
  readonly core: Core;
  readonly path: string;
  readonly picture: Picture;
  /** Whether a window is open. */
  readonly watched: () => boolean;
  /** Something happened to a VM of another project. */
  readonly othersChanged: () => void;
  readonly times?: ObserverTimes;
}

/** Starts observing. */
export function createObserver({
  core,
  path,
  picture,
  watched,
  othersChanged,
  times = usual,
}: ObserverOptions): Observer {
  const ended = new AbortController();
  const { signal } = ended;
  const kubeconfig = kubeconfigFile(path);
  const change: Picture['change'] = (part) => {
    if (!signal.aborted) picture.change(part);
  };
  const pause = (ms: number): Promise<void> => sleep(ms, undefined, { signal }).catch(() => undefined);

  // --- The cluster, as configured

  let cluster: Cluster | undefined;
  let version = '';
  let loading: Promise<Cluster> | undefined;
  const project = (): ProjectRef => ({ path, name: picture.get().name, connection: picture.get().vm?.connection });

  async function load(): Promise<Cluster> {
    const now = await core.configVersion(path);
    if (now === version && cluster !== undefined) return cluster;
    hearing?.abort();
    try {
      cluster = await core.open(project());
      version = now;
    } catch (error) {
      cluster = undefined;
      change({ configError: errorData(asK3sVmError(error)), vm: null, health: null });
      throw error;
    }
    const { name, stopMode } = cluster.config;
    const another = name === picture.get().name ? {} : { vm: null, health: null };
    change({ name, stopMode, configError: undefined, ...another });
    return cluster;
  }
  const loaded = (): Promise<Cluster> => (loading ??= load().finally(() => (loading = undefined)));

  // --- What libvirt says

  async function lookOnce(): Promise<void> {
    let asked: Cluster;
    try {
      asked = await loaded();
    } catch {
      return;
    }
    try {
      const late = (): Error => k3sVmError('VIRSH_TIMEOUT', { command: 'virsh', seconds: times.answerMs / 1000 });
      const seen = await withTimeLimit((limit) => asked.observe({ signal: limit }), {
        ms: times.answerMs,
        signal,
        late,
      });
      const exists = await hasProjectCopy(path);
      if (asked !== cluster) return;
      const vm = withoutOwnOperation(seen);
      if (vm.state !== picture.get().vm?.state) healthAsked = true;
      change({
        vm,
        link: { state: 'connected' },
        configError: undefined,
        kubeconfig: { path: kubeconfig, exists },
        ...(vm.state === 'running' ? {} : { health: null }),
      });
    } catch (error) {
      if (signal.aborted || asked !== cluster) return;
      const data = errorData(asK3sVmError(error));
      if ((['FOREIGN_DOMAIN', 'FOREIGN_PROJECT', 'ORPHANED'] as const).some((code) => isK3sVmError(error, code))) {
        // libvirt responds; the configured name must change
        change({ configError: data, vm: null, health: null, link: { state: 'connected' } });
        return;
      }
      const { link } = picture.get();
      const since = link.state === 'lost' ? link.since : new Date().toISOString();
      change({ link: { state: 'lost', error: data, since }, health: null });
      hearing?.abort();
    }
  }

  let looking: Promise<void> | undefined;
  let again = false;
  /** Refreshes one at a time. A request during a refresh causes another one after it. */
  function look(): Promise<void> {
    again = true;
    looking ??= lookWhileAsked();
    return looking;
  }

  async function lookWhileAsked(): Promise<void> {
    while (again && !signal.aborted) {
      again = false;
      await lookOnce();
    }
    looking = undefined;
    // A health check takes seconds: the state of the VM does not wait for it
    void checkHealth();
  }

  async function rounds(): Promise<void> {
    while (!signal.aborted) {
      await pause(watched() ? times.roundMs : times.idleMs);
      await look();
    }
  }

  /** Aborted to make the listener for events start again. */
  let hearing: AbortController | undefined;
  async function hear(): Promise<void> {
    while (!signal.aborted) {
      await look();
      if (cluster !== undefined && picture.get().link.state === 'connected') {
        const listening = (hearing = new AbortController());
        const { name } = cluster.config;
        const changed = (which: string): void => {
          if (which === name) void look();
          else othersChanged();
        };
        // Without libvirt there are no events; polling notices when it is back
        await cluster.watch(changed, { signal: listening.signal }).catch(() => undefined);
      }
      await pause(times.roundMs);
    }
  }

  // --- Health

  let checking = false;
  let healthAsked = false;
  let healthDue = 0;
  let clockDue = 0;

  /** Milliseconds until the next check, after one that took `tookMs`. */
  function healthPause(tookMs: number): number {
    // The idle watch cannot tell a check from real use of the VM, so checks must leave it idle most of the time
    if (cluster?.config.autoSuspendMs != null && picture.get().health?.healthy === true)
      return Math.max(times.quietHealthMs, 20 * tookMs);
    // Do not keep a slow guest busy with checks
    return Math.max(times.healthMs, 4 * tookMs);
  }

  async function checkHealth(): Promise<void> {
    if (checking || signal.aborted || (!healthAsked && performance.now() < healthDue)) return;
    checking = true;
    healthAsked = false;
    const startedAt = performance.now();
    try {
      await checkOnce();
    } catch {
      // If libvirt does not respond, the next refresh reports it; if the guest does not, the checks do
    } finally {
      checking = false;
      healthDue = performance.now() + healthPause(performance.now() - startedAt);
      if (healthAsked) void checkHealth();
    }
  }

  async function checkOnce(): Promise<void> {
    const asked = cluster;
    const { vm, link } = picture.get();
    if (asked === undefined || link.state !== 'connected') return;
    if (vm?.state !== 'running') {
      // `auto` is resolved when a cluster is opened, but a VM may have been created on the other connection since
      if (vm?.state === 'absent' && asked.config.connection === 'auto') version = '';
      return;
    }
    const { healthy, checks } = await asked.status({ signal, background: true });
    // The VM may have stopped during the check
    if (picture.get().vm?.state !== 'running' || asked !== cluster) return;
    change({ health: { healthy, checks, checkedAt: new Date().toISOString() } });
    if (checks.some(isClockOff) && performance.now() >= clockDue) {
      clockDue = performance.now() + clockMs;
      await asked.setClock({ signal, background: true });
      healthAsked = true;
    }
  }

  void rounds();
  void hear();
  return {
    project,
    cluster: loaded,
    look,
    refresh() {
      healthAsked = true;
      return look();
    },
    close() {
      ended.abort();
      hearing?.abort();
    },
  };
}

/** Removes our own operation from what libvirt reports: the snapshot has it with all its steps. */
function withoutOwnOperation({ operation, ...vm }: VmInfo): VmInfo {
  return operation === undefined || operation.pid === process.pid ? vm : { ...vm, operation };
}

/** The guest's clock is wrong after the VM was paused or its host was asleep. */
const isClockOff = ({ id, state }: HealthCheck): boolean =>
  id === 'clock' && (state === 'warning' || state === 'failed');
