import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfigFile } from './config/yaml-file';
import { commentedSettings, hasWrappers, writeProjectFiles } from './project-bin';

const shells = ['dash', 'bash', 'busybox'].filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0);
let root: string;
let project: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "k3s 'vm' ")));
  project = join(root, 'a "shop" $x');
  mkdirSync(project);
});
afterEach(() => rmSync(root, { recursive: true }));

const states = async (envrc = true): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await writeProjectFiles(project, { envrc })).map(({ path, state }) => [path.slice(project.length + 1), state]),
  );
const all = (state: string): Record<string, string> => ({
  'bin/k3s-vm': state,
  'bin/kubectl': state,
  'bin/k9s': state,
  'k3s-vm.yaml': state,
  '.gitignore': state,
  '.envrc': state,
});

describe('the files of a project', () => {
  it('are written once, and kept up to date', async () => {
    expect(await hasWrappers(project)).toBe(false);
    expect(await states()).toEqual(all('created'));
    expect(await hasWrappers(project)).toBe(true);
    expect(statSync(join(project, 'bin/kubectl')).mode & 0o111).not.toBe(0);
    expect(await states()).toEqual({ ...all('unchanged'), 'k3s-vm.yaml': 'kept' });
    expect(readFileSync(join(project, '.gitignore'), 'utf8')).toBe('.kube/\n.k3s-vm/\n');
  });

  it('are added to what the project ignores already', async () => {
    writeFileSync(join(project, '.gitignore'), 'node_modules\n/.kube');
    await states();
    expect(readFileSync(join(project, '.gitignore'), 'utf8')).toBe('node_modules\n/.kube\n.k3s-vm/\n');
  });

  it.each([
    ['a foreign file', (path: string) => writeFileSync(path, 'theirs')],
    ['a wrapper that was changed', (path: string) => writeFileSync(path, '#!/bin/sh\n# Written by k3s-vm init (0)\n')],
    ['a link', (path: string) => symlinkSync(join(root, 'outside'), path)],
    ['a folder', (path: string) => mkdirSync(path)],
    ['a FIFO', (path: string) => spawnSync('mkfifo', [path])],
  ])('leave %s alone', async (_, make) => {
    writeFileSync(join(root, 'outside'), 'outside');
    mkdirSync(join(project, 'bin'));
    make(join(project, 'bin/kubectl'));
    make(join(project, '.envrc'));
    expect(await states()).toMatchObject({ 'bin/kubectl': 'foreign', '.envrc': 'foreign', 'bin/k9s': 'created' });
    expect(await hasWrappers(project)).toBe(false);
    expect(readFileSync(join(root, 'outside'), 'utf8')).toBe('outside');
  });

  it('are not taken for ours by their mark and digest, which a stranger can write too', async () => {
    await states();
    const [first = '', , ...body] = readFileSync(join(project, 'bin/kubectl'), 'utf8').split('\n');
    const theirs = [first, ...body, 'touch owned', ''].join('\n');
    const digest = createHash('sha256').update(theirs).digest('hex').slice(0, 16);
    writeFileSync(
      join(project, 'bin/kubectl'),
      theirs.replace('\n', `\n# Written by k3s-vm init (${digest}). Run it again to update this file.\n`),
    );
    expect(await hasWrappers(project)).toBe(false);
    expect(await states()).toMatchObject({ 'bin/kubectl': 'updated' });
  });

  it('are not written through a bin/ that is a link, nor into one of another user', async () => {
    const outside = join(root, 'outside');
    mkdirSync(outside);
    symlinkSync(outside, join(project, 'bin'));
    await expect(states()).rejects.toMatchObject({ code: 'FOLDER_REFUSED' });
    expect(existsSync(join(outside, 'kubectl'))).toBe(false);
    if (process.getuid?.() !== 0) return;
    rmSync(join(project, 'bin'));
    mkdirSync(join(project, 'bin'));
    chownSync(join(project, 'bin'), 65_534, 65_534);
    await expect(states()).rejects.toMatchObject({ code: 'FOLDER_REFUSED' });
  });

  it('have settings that are valid when they are uncommented', () => {
    expect(parseConfigFile('k3s-vm.yaml', commentedSettings()).values.size).toBe(0);
    const text = commentedSettings().replace(/^#(?=[a-z]|  [a-zA-Z]+: )(?!imageDigest)/gm, '');
    // It is checked as it is read. The example of a digest is none
    const { values } = parseConfigFile('k3s-vm.yaml', text);
    expect(values.size).toBeGreaterThan(15);
  });
});

describe('the wrappers', () => {
  const program = (folder: string): void => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'k3s-vm'), '#!/bin/sh\n#\necho "$K3S_VM_COMMAND $*"\n');
    chmodSync(join(folder, 'k3s-vm'), 0o755);
  };
  it.each(shells)('find k3s-vm, and never each other, in %s', async (shell) => {
    await states();
    const other = join(root, 'other');
    cpSync(join(project, 'bin'), join(other, 'bin'), { recursive: true });
    const call = (env: Record<string, string>): { status: number | null; stdout: string; stderr: string } =>
      spawnSync(shell, [...(shell === 'busybox' ? ['sh'] : []), 'bin/kubectl', 'get', 'x'], {
        cwd: project,
        encoding: 'utf8',
        env: { PATH: `${project}/bin:${other}/bin:/usr/bin:/bin`, ...env },
      });
    expect(call({})).toMatchObject({ status: 10, stdout: '', stderr: expect.stringContaining('K3S_VM_HOME') });
    const found = { status: 0, stdout: 'bin/k3s-vm kubectl get x\n', stderr: '' };
    program(join(root, 'k3s-vm/bin'));
    expect(call({})).toMatchObject(found);
    rmSync(join(root, 'k3s-vm'), { recursive: true });
    program(join(root, 'on path'));
    expect(call({ PATH: `${project}/bin:${other}/bin:${root}/on path:/usr/bin` })).toMatchObject(found);
    program(join(root, 'home/bin'));
    expect(call({ K3S_VM_HOME: join(root, 'home') })).toMatchObject(found);
    expect(call({ K3S_VM_HOME: root })).toMatchObject({ status: 10, stdout: '' });
  });
});
