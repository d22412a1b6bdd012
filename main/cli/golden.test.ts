import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ListedGolden } from '../core';
import { runFake, type Ran } from './fake-cluster';

const image = (volume: string, more: Partial<ListedGolden> = {}): ListedGolden => ({
  volume,
  path: `/pool/${volume}`,
  capacity: 5e9,
  bytes: 3 * 1024 ** 2,
  whole: true,
  inUse: false,
  image: 'debian-12',
  k3sVersion: 'v1.36.1+k3s1',
  madeAt: '2026-01-02T03:00:00Z',
  ...more,
});
const golden = [image('golden-a'), image('golden-b', { inUse: true }), { ...image('golden-c'), whole: false }];

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'k3s-vm-golden-'));
  vi.stubEnv('K3S_VM_CACHE_DIR', join(cwd, 'cache'));
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(cwd, { recursive: true, force: true });
});
const run = (args: readonly string[], answer: readonly ListedGolden[] | Error = golden): Promise<Ran> =>
  runFake(['cache', ...args], { cwd, golden: answer });

describe('golden images in the cache commands', () => {
  it('are listed with what they hold and whether they can go', async () => {
    const lines = (await run(['list'])).stdout.split('\n').filter((line) => line.includes('golden/'));
    expect(lines.map((line) => line.trim().split(/\s{2,}/))).toEqual([
      ['golden/debian-12/v1.36.1+k3s1', '3 MiB', 'ready', expect.any(String)],
      ['golden/debian-12/v1.36.1+k3s1', '3 MiB', 'ready, in use', expect.any(String)],
      ['golden/debian-12/v1.36.1+k3s1', '3 MiB', 'unusable', expect.any(String)],
    ]);
  });

  it('are pruned unless a VM uses them, and what that frees is reported', async () => {
    const {
      removed,
      golden: gone,
      bytes,
    } = JSON.parse((await run(['prune', '--json'])).stdout) as Record<string, unknown>;
    expect(removed).toEqual([]);
    expect(gone).toMatchObject([{ volume: 'golden-a' }, { volume: 'golden-c' }]);
    expect(bytes).toBe(6 * 1024 ** 2);
  });

  it('are unknown, not none, where libvirt does not answer; the downloads are listed all the same', async () => {
    const silent = new Error('libvirt does not answer');
    const listed = await run(['list', '--json'], silent);
    expect(listed.status).toBe(0);
    expect(JSON.parse(listed.stdout)).toMatchObject({ items: [], golden: null });
    expect((await run(['prune'], silent)).stderr).toContain('Golden images skipped');
  });
});
