import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { tempFolder } from '../testing/temp-folder';
import { guestKubeconfig } from '../testing/credentials';
import { linkedVm, vmDir } from '../files/vm-folder';
import { guestCredentials, type ApiAccess } from './kubeconfig';
import {
  clusterKubeconfig,
  hasProjectCopy,
  keptKubeconfig,
  requireProjectCopy,
  writeKubeconfig,
} from './kubeconfig-files';

const uuid = '0f0e0d0c-0b0a-4909-8807-060504030201';
let root: string;
let project: string;
let access: ApiAccess;
beforeEach(async () => {
  root = tempFolder();
  project = join(root, 'a "b" %h ${HOME}:c\nd');
  mkdirSync(project);
  vi.stubEnv('XDG_STATE_HOME', join(root, 'state'));
  access = { server: 'https://192.168.122.9:6443', ...(await guestCredentials(guestKubeconfig)) };
});
afterEach(() => void vi.unstubAllEnvs());

const copy = (): string => join(project, '.kube/config');
const write = (): Promise<void> => writeKubeconfig(project, uuid, 'k3s-a', access);

describe('the kubeconfig of a project’s VM', () => {
  it('is kept in the user’s state folder, private, with a copy in the project that git ignores', async () => {
    await write();
    await write();
    expect(readFileSync(copy(), 'utf8')).toBe(readFileSync(join(vmDir(uuid), 'kubeconfig'), 'utf8'));
    expect(statSync(copy()).mode & 0o777).toBe(0o600);
    expect(statSync(join(vmDir(uuid), 'kubeconfig')).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(project, '.kube')).sort()).toEqual(['.gitignore', 'config']);
    expect(await clusterKubeconfig(project)).toEqual({ name: 'k3s-a', access });
    expect(await hasProjectCopy(project)).toBe(true);
  });

  it('is never read from the project', async () => {
    await write();
    const planted = readFileSync(copy(), 'utf8').replace('client-key-data', 'token: x\n      client-key-data');
    writeFileSync(copy(), planted);
    expect(await clusterKubeconfig(project)).toEqual({ name: 'k3s-a', access });
    expect(await hasProjectCopy(project)).toBe(false);
    await expect(requireProjectCopy(project)).rejects.toMatchObject({
      code: 'KUBECONFIG_REFUSED',
      hints: [expect.objectContaining({ command: 'k3s-vm kubeconfig --refresh' })],
    });
    await write();
    expect(await hasProjectCopy(project)).toBe(true);
  });

  it('is none for a project that brings its own', async () => {
    mkdirSync(join(project, '.kube'));
    writeFileSync(copy(), guestKubeconfig);
    expect(await clusterKubeconfig(project)).toBeUndefined();
    expect(await hasProjectCopy(project)).toBe(false);
    await expect(requireProjectCopy(project)).rejects.toMatchObject({ code: 'KUBECONFIG_REFUSED' });
  });

  it('keeps the namespace that somebody chose, in either place', async () => {
    await write();
    for (const path of [copy(), join(vmDir(uuid), 'kubeconfig')]) {
      writeFileSync(path, readFileSync(path, 'utf8').replace('      user: "k3s-a"', '$&\n      namespace: shop'));
    }
    await write();
    for (const path of [copy(), join(vmDir(uuid), 'kubeconfig')]) expect(readFileSync(path, 'utf8')).toContain('shop');
    expect(await hasProjectCopy(project)).toBe(true);
  });

  it('is refused when somebody put another way to log in into the one that is kept, and can be made again', async () => {
    await write();
    const path = join(vmDir(uuid), 'kubeconfig');
    writeFileSync(path, readFileSync(path, 'utf8').replace('client-key-data', 'exec: {}\n      client-key-data'));
    await expect(keptKubeconfig(uuid)).rejects.toMatchObject({ code: 'KUBECONFIG_REFUSED' });
    await write();
    expect(await keptKubeconfig(uuid)).toEqual({ name: 'k3s-a', access });
  });

  it('comes back into a project that git clean emptied', async () => {
    await write();
    rmSync(join(project, '.kube'), { recursive: true });
    expect(await requireProjectCopy(project)).toEqual({ name: 'k3s-a', access });
    expect(await hasProjectCopy(project)).toBe(true);
  });

  it('is not written through links', async () => {
    const ssh = join(root, 'ssh');
    mkdirSync(ssh);
    writeFileSync(join(ssh, 'config'), 'Host *\n');
    symlinkSync(ssh, join(project, '.kube'));
    await expect(write()).rejects.toMatchObject({ code: 'FOLDER_REFUSED' });
    rmSync(join(project, '.kube'));
    mkdirSync(join(project, '.kube'));
    symlinkSync(join(ssh, 'config'), copy());
    await write();
    expect(readFileSync(join(ssh, 'config'), 'utf8')).toBe('Host *\n');
    expect(readdirSync(ssh)).toEqual(['config']);
  });

  it('is another one for a project inside of another', async () => {
    const inner = join(project, 'inner');
    mkdirSync(inner);
    const other = uuid.replace('0f', '1f');
    await write();
    await writeKubeconfig(inner, other, 'k3s-b', access);
    expect([await linkedVm(project), await linkedVm(inner)]).toEqual([uuid, other]);
    expect(existsSync(vmDir(other))).toBe(true);
  });
});
