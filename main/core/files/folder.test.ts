import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { tempFolder } from '../testing/temp-folder';
import { withFolder } from './folder';

let root: string;
beforeEach(() => {
  root = tempFolder();
});

const write = (folder: string, create = true): Promise<unknown> =>
  withFolder(join(root, folder), { create }, (open) => open.write('config', 'text'));

describe('a folder of ours', () => {
  it('is made with its parents, for nobody else, and its files are private and replaced whole', async () => {
    await write('a/.kube');
    await write('a/.kube');
    expect(statSync(join(root, 'a/.kube')).mode & 0o777).toBe(0o700);
    expect(statSync(join(root, 'a/.kube/config')).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(root, 'a/.kube'))).toEqual(['config']);
  });

  it('that is missing is not made unless it should be', async () => {
    expect(await write('a', false)).toBeUndefined();
    expect(readdirSync(root)).toEqual([]);
  });

  it.each([
    ['a link to a folder', (path: string, other: string) => symlinkSync(other, path), 'it is a symbolic link'],
    ['a link to nowhere', (path: string) => symlinkSync(join(root, 'nowhere'), path), 'it is a symbolic link'],
    ['a file', (path: string) => writeFileSync(path, ''), 'it is not a folder'],
    ['a FIFO', (path: string) => execFileSync('mkfifo', [path]), 'it is not a folder'],
  ] as const)('is refused when it is %s, and nothing is touched', async (_, make, why) => {
    const ssh = join(root, 'ssh');
    mkdirSync(ssh);
    writeFileSync(join(ssh, 'config'), 'Host *\n');
    make(join(root, '.kube'), ssh);
    await expect(write('.kube')).rejects.toMatchObject({
      code: 'FOLDER_REFUSED',
      exitStatus: 2,
      message: expect.stringContaining(why),
    });
    expect(readFileSync(join(ssh, 'config'), 'utf8')).toBe('Host *\n');
    expect(readdirSync(root).sort()).toEqual(['.kube', 'ssh']);
  });

  it.runIf(process.geteuid?.() === 0)('is refused when it is somebody else’s', async () => {
    mkdirSync(join(root, '.kube'));
    execFileSync('chown', ['65534', join(root, '.kube')]);
    await expect(write('.kube')).rejects.toMatchObject({ code: 'FOLDER_REFUSED' });
  });

  it('replaces a link in the place of its file, and does not read through one', async () => {
    const secret = join(root, 'secret');
    writeFileSync(secret, 'secret');
    mkdirSync(join(root, '.kube'));
    symlinkSync(secret, join(root, '.kube/config'));
    const read = (): Promise<string | undefined> =>
      withFolder(join(root, '.kube'), { create: true }, (folder) => folder.read('config'));
    expect(await read()).toBeUndefined();
    await write('.kube');
    expect(readFileSync(secret, 'utf8')).toBe('secret');
    expect(lstatSync(join(root, '.kube/config')).isFile()).toBe(true);
    expect(await read()).toBe('text');
  });

  it('never waits for a FIFO, and reads no device and nothing huge', async () => {
    execFileSync('mkfifo', [join(root, 'fifo')]);
    writeFileSync(join(root, 'huge'), Buffer.alloc(1 << 20));
    mkdirSync(join(root, 'folder'));
    await withFolder(root, { create: false }, async ({ read }) => {
      for (const name of ['fifo', 'huge', 'folder', 'missing']) expect(await read(name), name).toBeUndefined();
    });
  });

  it('stays the same folder when another is put in its place meanwhile', async () => {
    mkdirSync(join(root, '.kube'));
    mkdirSync(join(root, 'ssh'));
    await withFolder(join(root, '.kube'), { create: false }, async (folder) => {
      execFileSync('mv', [join(root, '.kube'), join(root, 'moved')]);
      symlinkSync(join(root, 'ssh'), join(root, '.kube'));
      await folder.write('config', 'text');
    });
    expect(existsSync(join(root, 'ssh/config'))).toBe(false);
    expect(readFileSync(join(root, 'moved/config'), 'utf8')).toBe('text');
  });
});
