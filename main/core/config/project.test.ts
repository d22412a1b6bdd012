import { execFileSync } from 'node:child_process';
import { chownSync, lchownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { tempFolder } from '../testing/temp-folder';
import { trustedOwners, type Owners } from './ownership';
import { projectLinkFile } from '../paths';
import { assertUsableProject, findProject } from './project';

let root: string;
beforeEach(() => {
  root = tempFolder();
  mkdirSync(join(root, 'shop/src/deep'), { recursive: true });
});

describe('findProject', () => {
  const find = (cwd: string, more = {}): string => findProject({ cwd: join(root, cwd), env: {}, ...more });

  it('is the working directory when nothing marks a project', () =>
    expect(find('shop/src')).toBe(join(root, 'shop/src')));

  it('is the nearest marked folder upwards', () => {
    writeFileSync(join(root, 'shop/k3s-vm.yaml'), '');
    expect(find('shop/src/deep')).toBe(join(root, 'shop'));
    mkdirSync(join(root, 'shop/src/.k3s-vm'));
    expect(find('shop/src/deep')).toBe(join(root, 'shop/src'));
  });

  it('is a folder that this user has a VM for, even when nothing of it is left in the folder', () => {
    const env = { XDG_STATE_HOME: join(root, 'state') };
    const link = projectLinkFile(join(root, 'shop'), env);
    mkdirSync(dirname(link), { recursive: true });
    writeFileSync(link, '');
    expect(find('shop/src/deep', { env })).toBe(join(root, 'shop'));
  });

  it('prefers the option to the environment, and both to the marks', () => {
    writeFileSync(join(root, 'shop/k3s-vm.yaml'), '');
    expect(find('shop', { env: { K3S_VM_PROJECT: root } })).toBe(root);
    expect(find('shop', { env: { K3S_VM_PROJECT: root }, project: 'src' })).toBe(join(root, 'shop/src'));
  });

  it('is the real path, so that a symlink names the same project', () => {
    symlinkSync(join(root, 'shop'), join(root, 'link'));
    expect(find('link/src')).toBe(join(root, 'shop/src'));
    expect(find('.', { project: 'link' })).toBe(join(root, 'shop'));
  });

  it('says where a folder that is not there was named', () => {
    expect(() => find('.', { project: 'gone' })).toThrow(/no folder .*gone \(from --project\)/);
    expect(() => find('.', { env: { K3S_VM_PROJECT: '/gone' } })).toThrow(/from K3S_VM_PROJECT/);
  });
});

describe('assertUsableProject', () => {
  it('refuses the home folder, also when its .kube is reached another way', () => {
    const env = { HOME: root };
    expect(() => assertUsableProject(root, env)).toThrow(/your own kubeconfig/);
    mkdirSync(join(root, '.kube'));
    symlinkSync(join(root, '.kube'), join(root, 'shop/.kube'));
    expect(() => assertUsableProject(join(root, 'shop'), env)).toThrow(/your own kubeconfig/);
    expect(() => assertUsableProject(join(root, 'shop/src'), env)).not.toThrow();
    expect(() => assertUsableProject('/a/.k3s-vm-uuid/b', env)).toThrow(/cannot be a project/);
  });
});

describe('whose folder it is', () => {
  const self = process.getuid?.() ?? 0;
  const nobody = (): Owners => new Set([65_533]);
  const failure = (work: () => unknown): unknown => {
    try {
      return work();
    } catch (error) {
      return error;
    }
  };

  it('counts for a folder that is found, and for one that is named, and the way out can be pasted', () => {
    writeFileSync(join(root, 'shop/k3s-vm.yaml'), '');
    const found = failure(() => findProject({ cwd: join(root, 'shop/src'), env: {} }, nobody));
    expect(found).toMatchObject({
      code: 'UNTRUSTED_PROJECT',
      exitStatus: 2,
      message: expect.stringMatching(new RegExp(`^${root}/shop belongs to .*user id ${self}\\b`)),
    });
    expect((found as { hints: { command: string }[] }).hints.map(({ command }) => command)).toEqual([
      'export K3S_VM_PROJECT="$PWD"',
      `sudo chown -h ${self} -- '${root}/shop' '${root}/shop/k3s-vm.yaml'`,
      `export K3S_VM_TRUST="$K3S_VM_TRUST:"'${root}/shop'`,
    ]);
    expect(failure(() => findProject({ project: join(root, 'shop'), env: {} }, nobody))).toMatchObject({
      code: 'UNTRUSTED_PROJECT',
    });
    const trust = (found as { hints: { command: string }[] }).hints.at(-1)?.command ?? '';
    const K3S_VM_TRUST = execFileSync('sh', ['-c', `${trust}; printf %s "$K3S_VM_TRUST"`], { encoding: 'utf8' });
    expect(findProject({ cwd: join(root, 'shop/src'), env: { K3S_VM_TRUST } })).toBe(join(root, 'shop'));
    expect(trustedOwners(join(root, 'shop'), { K3S_VM_TRUST })).toBeUndefined();
  });

  it('does not count where nothing is read: an unmarked folder is refused when it is to become a project', () => {
    const folder = join(root, 'shop/src');
    expect(findProject({ cwd: folder, env: {} }, nobody)).toBe(folder);
    expect(failure(() => assertUsableProject(folder, { HOME: '/nowhere' }, nobody))).toMatchObject({
      code: 'UNTRUSTED_PROJECT',
    });
  });

  it('is the caller, root, who called sudo, or anybody where K3S_VM_TRUST says so', () => {
    expect(trustedOwners(root, {})).toEqual(new Set([0, self]));
    expect(trustedOwners(root, { SUDO_UID: '1234' })).toEqual(new Set(self === 0 ? [0, 1234] : [0, self]));
    expect(trustedOwners(root, { SUDO_UID: '0x10' })).toEqual(new Set([0, self]));
    expect(trustedOwners(root, { K3S_VM_TRUST: `/elsewhere:${root}` })).toBeUndefined();
    expect(trustedOwners(root, { K3S_VM_TRUST: `${root}/shop:/` })).toEqual(new Set([0, self]));
  });

  // Only root can give files away
  describe.runIf(self === 0)('when files are of another user', () => {
    const find = (cwd: string): unknown => failure(() => findProject({ cwd: join(root, cwd), env: {} }));

    it.each(['k3s-vm.yaml', '.k3s-vm', '.kube', '.kube/config'])('one foreign %s is enough', (path) => {
      writeFileSync(join(root, 'shop/k3s-vm.yaml'), '');
      mkdirSync(join(root, 'shop/.k3s-vm'));
      mkdirSync(join(root, 'shop/.kube'));
      writeFileSync(join(root, 'shop/.kube/config'), '');
      expect(find('shop/src/deep')).toBe(join(root, 'shop'));
      chownSync(join(root, 'shop', path), 65_534, 65_534);
      expect(find('shop/src/deep')).toMatchObject({
        code: 'UNTRUSTED_PROJECT',
        message: expect.stringContaining(`${join(root, 'shop', path)} belongs to nobody (user id 65534).`),
      });
    });

    it('stops at a foreign mark instead of walking past it', () => {
      writeFileSync(join(root, 'k3s-vm.yaml'), '');
      writeFileSync(join(root, 'shop/src/k3s-vm.yaml'), '');
      chownSync(join(root, 'shop/src/k3s-vm.yaml'), 65_534, 65_534);
      expect(find('shop/src/deep')).toMatchObject({ code: 'UNTRUSTED_PROJECT' });
    });

    it('a symlink is as foreign as what it leads to', () => {
      writeFileSync(join(root, 'own.yaml'), '');
      symlinkSync(join(root, 'own.yaml'), join(root, 'shop/k3s-vm.yaml'));
      expect(find('shop')).toBe(join(root, 'shop'));
      lchownSync(join(root, 'shop/k3s-vm.yaml'), 65_534, 65_534);
      expect(find('shop')).toMatchObject({ code: 'UNTRUSTED_PROJECT' });
      lchownSync(join(root, 'shop/k3s-vm.yaml'), 0, 0);
      chownSync(join(root, 'own.yaml'), 65_534, 65_534);
      expect(find('shop')).toMatchObject({ code: 'UNTRUSTED_PROJECT' });
    });
  });
});
