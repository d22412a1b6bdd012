import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hostKubeconfig, readKubeconfig, writeKubeconfig } from './kubeconfig';

const guest = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: Y2E=
    server: https://127.0.0.1:6443
  name: default
contexts:
- context: { cluster: default, user: default }
  name: default
current-context: default
kind: Config
users:
- name: default
  user: { client-certificate-data: Y2VydA==, client-key-data: a2V5 }
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'k3s-vm-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the kubeconfig', () => {
  it('names the address the host reaches it at, and the VM', async () => {
    const path = join(folder, '.kube', 'config');
    await writeKubeconfig(path, hostKubeconfig(guest, 'k3s-a', '192.168.122.9', 6443));
    const access = await readKubeconfig(path);
    expect(access?.server).toBe('https://192.168.122.9:6443');
    expect(access?.ca.toString()).toBe('ca');
    expect(access?.key.toString()).toBe('key');
    expect(readFileSync(path, 'utf8')).toContain('current-context: k3s-a\n');
  });

  it('is private, ignored by git, and replaced whole', async () => {
    const path = join(folder, '.kube', 'config');
    await writeKubeconfig(path, 'one');
    await writeKubeconfig(path, 'two');
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, '.kube')).sort()).toEqual(['.gitignore', 'config']);
  });

  it('that is missing or damaged is none', async () => {
    expect(await readKubeconfig(join(folder, 'nothing'))).toBeUndefined();
    writeFileSync(join(folder, 'broken'), '{');
    expect(await readKubeconfig(join(folder, 'broken'))).toBeUndefined();
    writeFileSync(join(folder, 'empty'), '');
    expect(await readKubeconfig(join(folder, 'empty'))).toBeUndefined();
  });
});
