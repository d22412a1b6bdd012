import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { tempFolder } from '../testing/temp-folder';
import { setInFile, unsetInFile } from './edit';

let root: string;
let file: string;
beforeEach(() => {
  root = tempFolder();
  file = join(root, 'k3s-vm.yaml');
});

const set = (key: string, text: string): Promise<void> => setInFile(file, 'project', key, text);
const content = (): string => readFileSync(file, 'utf8');

describe('setInFile', () => {
  it('keeps comments, order and blank lines', async () => {
    writeFileSync(file, '# mine\n\ncpus: 3 # three\n\n# about K3s\nk3s:\n  # why\n  version: stable\n');
    await set('cpus', '5');
    await set('k3s.disable', 'traefik,servicelb');
    await set('memory', '8GiB');
    expect(content()).toBe(
      '# mine\n\ncpus: 5 # three\n\n# about K3s\nk3s:\n  # why\n  version: stable\n  disable: [ traefik, servicelb ]\nmemory: 8GiB\n',
    );
  });

  it('makes the file, and groups that are there but empty', async () => {
    await set('cpus', '5');
    expect(content()).toMatch(/^# Settings of k3s-vm.*\n\ncpus: 5\n$/);
    writeFileSync(file, 'k3s:\n');
    await set('k3s.version', 'v1.33');
    expect(content()).toBe('k3s:\n  version: v1.33\n');
  });

  it('keeps what is only comments', async () => {
    writeFileSync(file, '# a\n# b\n');
    await set('ports.api', 'auto');
    expect(content()).toBe('# a\n# b\n\nports:\n  api: auto\n');
  });

  it('quotes text that YAML would take for something else', async () => {
    await set('pool', '123');
    expect(content()).toContain('pool: "123"');
  });

  it.each([
    ['cpus', 'many', /not a whole number/],
    ['memory', '4096', /needs a unit/],
    ['k3s.config', 'text', /not a mapping/],
  ])('writes nothing when %s is %s', async (key, text, message) => {
    writeFileSync(file, 'cpus: 2\n');
    await expect(set(key, text)).rejects.toThrow(message);
    expect(content()).toBe('cpus: 2\n');
  });

  it('names the nearest key', async () => expect(set('memry', '1')).rejects.toThrow(/did you mean "memory"/));

  it('does not write into a broken file', async () => {
    writeFileSync(file, 'cpus: [\n');
    await expect(set('cpus', '3')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(content()).toBe('cpus: [\n');
  });

  it('keeps mode and symlink, and leaves no other file', async () => {
    const target = join(root, 'real.yaml');
    writeFileSync(target, 'cpus: 2\n');
    chmodSync(target, 0o640);
    symlinkSync(target, file);
    await set('cpus', '3');
    expect(readFileSync(target, 'utf8')).toBe('cpus: 3\n');
    expect(statSync(target).mode & 0o777).toBe(0o640);
    expect(readdirSync(root).sort()).toEqual(['k3s-vm.yaml', 'real.yaml']);
  });

  it('keeps settings of the user out of a project, and says how to set them', async () => {
    await expect(set('terminal', '/opt/my term')).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(
        'only you can set this, not a project: it names a program that runs on this machine',
      ),
      hints: [{ command: "k3s-vm config set --user terminal '/opt/my term'" }],
    });
    await expect(set('connection', 'qemu+ssh://h/system')).rejects.toThrow(
      /a project can choose auto, qemu:\/\/\/system/,
    );
    expect(existsSync(file)).toBe(false);
    await set('connection', 'session');
    await setInFile(join(root, 'config.yaml'), 'user', 'connection', 'qemu+ssh://h/system');
    expect(readFileSync(join(root, 'config.yaml'), 'utf8')).toContain('connection: qemu+ssh://h/system');
  });

  it('wants the digest before the URL of an image, and keeps both together', async () => {
    await expect(set('image', 'https://example.org/a.img')).rejects.toThrow(/needs imageDigest/);
    await set('imageDigest', `sha256:${'a'.repeat(64)}`);
    await set('image', 'https://example.org/a.img');
    await expect(unsetInFile(file, 'project', 'imageDigest')).rejects.toThrow(/needs imageDigest/);
    await expect(set('image', '/etc/disk.img')).rejects.toThrow(/outside the project folder/);
  });

  it('does not write through a symlink out of the project', async () => {
    const folder = join(root, 'project');
    mkdirSync(folder);
    writeFileSync(file, 'cpus: 2\n');
    symlinkSync(file, join(folder, 'k3s-vm.yaml'));
    await expect(setInFile(join(folder, 'k3s-vm.yaml'), 'project', 'cpus', '3')).rejects.toThrow(/symlink/);
    expect(content()).toBe('cpus: 2\n');
    await setInFile(join(folder, 'k3s-vm.yaml'), 'user', 'cpus', '3');
    expect(content()).toBe('cpus: 3\n');
  });

  it('keeps project settings out of the user file', async () =>
    expect(setInFile(file, 'user', 'name', 'x')).rejects.toThrow(/project/));
});

describe('unsetInFile', () => {
  it('removes the key and the group that it leaves empty', async () => {
    writeFileSync(file, 'cpus: 2\nports:\n  api: 7000\n');
    expect(await unsetInFile(file, 'project', 'ports.api')).toBe(true);
    expect(content()).toBe('cpus: 2\n');
  });
  it('leaves a file that loads when the last key goes', async () => {
    await set('cpus', '3');
    await unsetInFile(file, 'project', 'cpus');
    expect(content()).not.toContain('{}');
    await set('cpus', '4');
    expect(content()).toContain('cpus: 4');
  });
  it('removes what a project may not set, also where there is more of it', async () => {
    writeFileSync(file, 'terminal: bash\nconnection: qemu+ssh://h/system\n');
    expect(await unsetInFile(file, 'project', 'terminal')).toBe(true);
    expect(content()).toBe('connection: qemu+ssh://h/system\n');
  });
  it('has nothing to do without a file', async () => expect(await unsetInFile(file, 'project', 'cpus')).toBe(false));
});
