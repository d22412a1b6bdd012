import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectLinkFile } from '../paths';
import { assertUsableProject, findProject } from './project';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'k3s vm ')));
  mkdirSync(join(root, 'shop/src/deep'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

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
