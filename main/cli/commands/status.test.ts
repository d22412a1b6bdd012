import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Cluster, VmInfo } from '../../core/cluster';
import { watchedStatus } from './status';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Watches a VM for a time, in seconds. @returns how often the cluster was asked how it is */
async function checksWithin(seconds: number, autoSuspendMs: number | null, healthy = true): Promise<number> {
  const vm: VmInfo = { name: 'k3s-demo', connection: 'qemu:///system', state: 'running' };
  let checks = 0;
  const cluster = {
    config: { autoSuspendMs },
    observe: () => Promise.resolve(vm),
    status: ({ background }: { readonly background?: boolean }) => {
      expect(background).toBe(true);
      checks += 1;
      return Promise.resolve({ schemaVersion: 1, vm, healthy, checks: [], kubeconfig: { path: '', exists: true } });
    },
  } as unknown as Cluster;
  const next = watchedStatus(cluster, new AbortController().signal);
  for (let second = 0; second < seconds; second += 2) {
    expect(await next()).toMatchObject({ vm, healthy });
    await vi.advanceTimersByTimeAsync(2000);
  }
  return checks;
}

describe('status --watch', () => {
  it('asks every time', async () => {
    expect(await checksWithin(180, null)).toBe(90);
  });

  it('asks a healthy VM that is saved when idle once a minute, so that its use is seen', async () => {
    expect(await checksWithin(180, 30 * 60_000)).toBe(3);
  });

  it('asks one that is not healthy every time', async () => {
    expect(await checksWithin(180, 30 * 60_000, false)).toBe(90);
  });
});
