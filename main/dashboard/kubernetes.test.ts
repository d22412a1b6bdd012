import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { guestCredentials } from '../core/k3s/kubeconfig';
import { writeKubeconfig } from '../core/k3s/kubeconfig-files';
import { guestKubeconfig } from '../core/testing/credentials';
import { apiAccess, deleteWorkload } from './kubernetes';

let project: string;
let canary: string;
beforeEach(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), 'k3s-vm-dashboard-')));
  canary = join(project, 'canary');
  vi.stubEnv('XDG_STATE_HOME', join(project, 'state'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(project, { recursive: true });
});

/** A kubeconfig that has whoever loads it start a program. */
const plant = (): void => {
  mkdirSync(join(project, '.kube'), { recursive: true });
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'touch', args: [canary] };
  writeFileSync(
    join(project, '.kube/config'),
    JSON.stringify({
      'current-context': 'x',
      clusters: [{ name: 'x', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'x', user: { exec } }],
      contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
    }),
  );
};

describe('a kubeconfig that the project brings', () => {
  it('is never used, with or without a VM', async () => {
    plant();
    await expect(apiAccess(project)).rejects.toMatchObject({ code: 'API_UNREACHABLE' });
    const access = { server: 'https://127.0.0.1:1', ...(await guestCredentials(guestKubeconfig)) };
    await writeKubeconfig(project, '0f0e0d0c-0b0a-4909-8807-060504030201', 'k3s-a', access);
    plant();
    expect(await apiAccess(project)).toEqual(access);
    await expect(deleteWorkload(project, 'pods', 'a', 'b')).rejects.toMatchObject({ code: 'API_UNREACHABLE' });
    expect(existsSync(canary)).toBe(false);
  });
});
