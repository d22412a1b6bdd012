/**
 * Keeps the picture of one project true. libvirt's events say when to look; a slow round looks anyway, since an event can
 * be missed. What is seen replaces what was known; nothing is worked out from what was asked to be done.
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
  /** The project as it is known now. */
  project(): ProjectRef;
  /** The cluster as configured now. @throws why the configuration cannot be loaded */
  cluster(): Promise<Cluster>;
  /** Looks at the VM now. Resolves when it has looked. */
  look(): Promise<void>;
  /** Looks at the VM now, and has its health checked whether or not it is due. Resolves when it has looked. */
  refresh(): Promise<void>;
  close(): void;
}

/** All in milliseconds. */
export interface ObserverTimes {
  /** Between two looks that no event asked for, while somebody watches. */
  readonly roundMs: number;
  /** The same while nobody does. */
  readonly idleMs: number;
  readonly healthMs: number;
  /** Between two health checks of a healthy cluster that is saved when it is idle. */
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

/** A clock that cannot be put right is not tried again with every check. */
const clockMs = 60_000;

export interface ObserverOptions {
  readonly core: Core;
  readonly path: string;
  readonly picture: Picture;
  /** Whether anybody sees the picture. */
  readonly watched: () => boolean;
  /** Something happened to a VM of another project. */
  readonly othersChanged: () => void;
  readonly times?: ObserverTimes;
}

/** Begins to look. */
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
        // libvirt answers; it is the configured name that must change
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
  /** One look at a time; whoever asks during one gets another after it. */
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
    // It takes seconds: the picture of the VM does not wait for it
    void checkHealth();
  }

  async function rounds(): Promise<void> {
    while (!signal.aborted) {
      await pause(watched() ? times.roundMs : times.idleMs);
      await look();
    }
  }

  /** Raised when what listens for events should begin anew. */
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
        // Without libvirt there are no events; the rounds tell when it is back
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

  /** Milliseconds to the next check after one that took some time. */
  function healthPause(tookMs: number): number {
    // While a check is on, the idle watch sees no use of the VM: checks must leave it most of the time
    if (cluster?.config.autoSuspendMs != null && picture.get().health?.healthy === true)
      return Math.max(times.quietHealthMs, 20 * tookMs);
    // A slow guest is not kept busy with being asked how it is
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
      // What keeps libvirt from answering, the next look tells; what keeps the guest from it, the checks themselves
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
      // `auto` is resolved when a cluster is opened; a VM may have been made on the other connection since
      if (vm?.state === 'absent' && asked.config.connection === 'auto') version = '';
      return;
    }
    const { healthy, checks } = await asked.status({ signal, background: true });
    // The VM may have gone while it was asked
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

/** Our own operation is in the picture with all its steps; what libvirt's side shows is for those of others. */
function withoutOwnOperation({ operation, ...vm }: VmInfo): VmInfo {
  return operation === undefined || operation.pid === process.pid ? vm : { ...vm, operation };
}

/** A guest's clock that is off was asleep: with its host, or paused. */
const isClockOff = ({ id, state }: HealthCheck): boolean =>
  id === 'clock' && (state === 'warning' || state === 'failed');
