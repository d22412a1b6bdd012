/**
 * Keeps the picture of one project true. libvirt's events say when to look; a slow round looks anyway, since an event can
 * be missed. What is seen replaces what was known; nothing is worked out from what was asked to be done.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, HealthCheck } from '../core/cluster';
import { asK3sVmError, errorData, isK3sVmError } from '../core/errors';
import type { Core } from './core';
import type { Picture } from './picture';

export interface Observer {
  /** The cluster as configured now; undefined while the configuration cannot be loaded. */
  cluster(): Cluster | undefined;
  /** Looks again now, health included. Resolves when it has looked. */
  refresh(): Promise<void>;
  close(): void;
}

export interface ObserverTimes {
  /** Milliseconds between two rounds that need no event. */
  readonly roundMs: number;
  readonly healthMs: number;
}

const usual: ObserverTimes = { roundMs: 2000, healthMs: 10_000 };

/** A guest's clock that is further off than this was asleep: with its host, or paused. */
const isClockOff = (detail: HealthCheck): boolean =>
  detail.id === 'clock' && (detail.state === 'warning' || detail.state === 'failed');

export function createObserver(core: Core, project: string, picture: Picture, times: ObserverTimes = usual): Observer {
  const ended = new AbortController();
  const { signal } = ended;
  let cluster: Cluster | undefined;
  let version = '';
  let healthDue = 0;
  let looking: Promise<void> | undefined;
  let again = false;

  const change: Picture['change'] = (part) => {
    if (!signal.aborted) picture.change(part);
  };

  async function load(): Promise<void> {
    const now = await core.configVersion(project);
    if (now === version && cluster !== undefined) return;
    try {
      cluster = await core.open(project);
      version = now;
      const { name, stopMode } = cluster.config;
      change({ name, stopMode, configError: undefined });
    } catch (error) {
      cluster = undefined;
      change({ configError: errorData(asK3sVmError(error)), vm: null, health: null });
    }
  }

  async function look(): Promise<void> {
    await load();
    if (cluster === undefined) return;
    try {
      const before = picture.get().vm?.state;
      const vm = await cluster.observe({ signal });
      if (vm.state !== before) healthDue = 0;
      change({
        vm,
        link: { state: 'connected' },
        configError: undefined,
        ...(vm.state === 'running' ? {} : { health: null }),
      });
    } catch (error) {
      if (signal.aborted) return;
      const data = errorData(asK3sVmError(error));
      if (isK3sVmError(error, 'FOREIGN_DOMAIN') || isK3sVmError(error, 'FOREIGN_PROJECT')) {
        change({ configError: data, vm: null, health: null, link: { state: 'connected' } });
      } else {
        const { link } = picture.get();
        const since = link.state === 'lost' ? link.since : new Date().toISOString();
        change({ link: { state: 'lost', error: data, since }, health: null });
      }
    }
  }

  async function checkHealth(): Promise<void> {
    const { vm, link } = picture.get();
    if (cluster === undefined || link.state !== 'connected' || Date.now() < healthDue) return;
    healthDue = Date.now() + times.healthMs;
    if (vm?.state !== 'running') {
      const { kubeconfigFile } = await import('../core/paths');
      const { existsSync } = await import('node:fs');
      const path = kubeconfigFile(project);
      change({ kubeconfig: { path, exists: existsSync(path) } });
      return;
    }
    try {
      const { healthy, checks, kubeconfig } = await cluster.status({ signal });
      // The VM may have gone while it was asked
      if (picture.get().vm?.state !== 'running') return;
      change({ kubeconfig, health: { healthy, checks, checkedAt: new Date().toISOString() } });
      if (checks.some(isClockOff)) {
        await cluster.setClock({ signal });
        healthDue = 0;
      }
    } catch {
      // What keeps libvirt from answering, the next look tells; what keeps the guest from it, the checks
    }
  }

  /** One look at a time; whoever asks during one gets another after it. */
  function refresh(): Promise<void> {
    if (looking !== undefined) {
      again = true;
      return looking;
    }
    looking = (async () => {
      do {
        again = false;
        await look();
      } while (again && !signal.aborted);
    })().finally(() => {
      looking = undefined;
      // Health takes seconds: the picture of the VM does not wait for it
      void health();
    });
    return looking;
  }

  let checking = false;
  async function health(): Promise<void> {
    if (checking || signal.aborted) return;
    checking = true;
    await checkHealth().finally(() => {
      checking = false;
    });
  }

  async function rounds(): Promise<void> {
    while (!signal.aborted) {
      await refresh();
      await sleep(times.roundMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async function events(): Promise<void> {
    while (!signal.aborted) {
      try {
        if (cluster === undefined) await sleep(times.roundMs, undefined, { signal });
        else await cluster.nextChange({ signal });
        void refresh();
      } catch {
        // No libvirt, no events: the rounds say so
        await sleep(times.roundMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  void rounds();
  void events();
  return {
    cluster: () => cluster,
    async refresh() {
      healthDue = 0;
      await refresh();
    },
    close: () => ended.abort(),
  };
}
