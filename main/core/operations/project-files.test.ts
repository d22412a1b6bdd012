import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { tempFolder } from '../testing/temp-folder';
import { guestCredentials } from '../k3s/kubeconfig';
import { writeKubeconfig } from '../k3s/kubeconfig-files';
import { projectsDir, vmsDir } from '../paths';
import { guestKubeconfig } from '../testing/credentials';
import { createVmFolder, linkedVm, linkProject, vmDir } from '../files/vm-folder';
import { removeFilesOf, requireRealFolders } from './project-files';

const uuid = '0f0e0d0c-0b0a-4909-8807-060504030201';
const other = '1f0e0d0c-0b0a-4909-8807-060504030201';
const connection = 'qemu:///system';

let root: string;
let project: string;
beforeEach(() => {
  root = tempFolder();
  project = join(root, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'main.c'), '');
  vi.stubEnv('XDG_STATE_HOME', join(root, 'state'));
});
afterEach(() => void vi.unstubAllEnvs());

/** As setup leaves it. */
const setUp = async (name = 'k3s-a', id = uuid, folder = project): Promise<void> => {
  await createVmFolder(id, { name, connection, project: folder });
  const access = { server: 'https://192.168.122.9:6443', ...(await guestCredentials(guestKubeconfig)) };
  await writeKubeconfig(folder, id, name, access);
};
const remove = (name: string, id?: string): Promise<string[]> =>
  removeFilesOf({ name, connection, project, ...(id === undefined ? {} : { uuid: id }) });
const left = (): string[] => readdirSync(project).sort();

describe('what is kept of a VM', () => {
  it('goes with it, and nothing else of the project', async () => {
    await setUp();
    expect(await remove('k3s-a', uuid)).toEqual([join(project, '.kube/config')]);
    expect(left()).toEqual(['main.c']);
    expect(readdirSync(vmsDir())).toEqual([]);
    expect(existsSync(projectsDir())).toBe(true);
    expect(readdirSync(projectsDir())).toEqual([]);
  });

  it('stays when a VM of a mistyped name is not found', async () => {
    await setUp();
    expect(await remove('k3s-typo')).toEqual([]);
    expect(left()).toEqual(['.kube', 'main.c']);
    expect(await linkedVm(project)).toBe(uuid);
    expect(existsSync(vmDir(uuid))).toBe(true);
  });

  it('stays when it is another VM of the same project that goes', async () => {
    await setUp('k3s-old', other);
    await setUp();
    await remove('k3s-old', other);
    expect(left()).toEqual(['.kube', 'main.c']);
    expect(await linkedVm(project)).toBe(uuid);
    expect(readdirSync(vmsDir())).toEqual([uuid]);
  });

  it('goes by the project’s own name when libvirt has no such VM any more', async () => {
    await setUp();
    await remove('k3s-a');
    expect(left()).toEqual(['main.c']);
    expect(readdirSync(vmsDir())).toEqual([]);
  });

  it('goes when a setup broke off before it defined the VM', async () => {
    await createVmFolder(uuid, { name: 'k3s-a', connection, project });
    await linkProject(project, uuid);
    await createVmFolder(other, { name: 'k3s-a', connection: 'qemu:///session', project });
    await remove('k3s-a');
    expect(readdirSync(vmsDir())).toEqual([other]);
    expect(await linkedVm(project)).toBeUndefined();
  });

  it('of a project inside of another leaves the outer one’s', async () => {
    const inner = join(project, 'inner');
    mkdirSync(inner);
    await setUp();
    await setUp('k3s-b', other, inner);
    await remove('k3s-a', uuid);
    expect(await linkedVm(inner)).toBe(other);
    await removeFilesOf({ name: 'k3s-b', connection, project: inner, uuid: other });
    expect(readdirSync(projectsDir())).toEqual([]);
  });

  it('of an earlier version goes too', async () => {
    mkdirSync(join(project, '.k3s-vm'));
    for (const name of ['.gitignore', 'id_ed25519', 'id_ed25519.pub', 'known_hosts']) {
      writeFileSync(join(project, '.k3s-vm', name), '*\n');
    }
    mkdirSync(join(project, '.kube'));
    writeFileSync(join(project, '.kube/config'), 'kind: Config\ncurrent-context: k3s-a\n');
    expect(await remove('k3s-a', uuid)).toEqual([join(project, '.kube/config')]);
    expect(left()).toEqual(['main.c']);
  });
});

describe('what somebody put into the project', () => {
  it('stays', async () => {
    await setUp();
    writeFileSync(join(project, '.kube/cache'), '');
    writeFileSync(join(project, '.kube/config'), 'current-context: mine\n');
    mkdirSync(join(project, '.k3s-vm'));
    writeFileSync(join(project, '.k3s-vm/notes'), '');
    expect(await remove('k3s-a', uuid)).toEqual([]);
    expect(readdirSync(join(project, '.kube')).sort()).toEqual(['.gitignore', 'cache', 'config']);
    expect(readdirSync(join(project, '.k3s-vm'))).toEqual(['notes']);
  });

  it.each(['.kube', '.k3s-vm'])(
    'in place of %s, a link, is refused by setup and not followed by reset',
    async (name) => {
      const ssh = join(root, 'ssh');
      mkdirSync(ssh);
      await setUp();
      const files = ['.gitignore', 'config', 'id_ed25519', 'id_ed25519.pub', 'known_hosts'];
      for (const file of files) writeFileSync(join(ssh, file), '*\ncurrent-context: k3s-a\n');
      rmSync(join(project, name), { recursive: true, force: true });
      symlinkSync(ssh, join(project, name));
      await expect(requireRealFolders(project)).rejects.toMatchObject({
        code: 'FOLDER_REFUSED',
        message: expect.stringContaining(`k3s-vm cannot use ${join(project, name)}: it is a symbolic link`),
      });
      await remove('k3s-a', uuid);
      expect(readdirSync(ssh).sort()).toEqual(files);
      expect(readFileSync(join(ssh, 'config'), 'utf8')).toContain('k3s-a');
      expect(left()).toContain(name);
    },
  );
});
