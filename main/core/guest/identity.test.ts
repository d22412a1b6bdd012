import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
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
import { vmDir } from '../files/vm-folder';
import { adoptKeys, createIdentity, hasKeys, requireKeys } from './identity';

const uuid = '0f0e0d0c-0b0a-4909-8807-060504030201';
let root: string;
let vm: { name: string; connection: string; project: string };
beforeEach(() => {
  root = tempFolder();
  vm = { name: 'k3s-a', connection: 'qemu:///system', project: join(root, 'project') };
  mkdirSync(vm.project);
  vi.stubEnv('XDG_STATE_HOME', join(root, 'a "b" %h ${HOME}'));
});
afterEach(() => void vi.unstubAllEnvs());

const read = (name: string): string => readFileSync(join(vmDir(uuid), name), 'utf8');

/** What an earlier version left in a project. */
const leaveKeys = (folder = join(vm.project, '.k3s-vm'), name = vm.name): void => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'id_ed25519')]);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'host')]);
  const [type = '', key = ''] = readFileSync(join(folder, 'host.pub'), 'utf8').split(' ');
  for (const file of ['host', 'host.pub']) rmSync(join(folder, file));
  writeFileSync(join(folder, 'known_hosts'), `${name} ${type} ${key}\n`);
  writeFileSync(join(folder, '.gitignore'), '*\n');
};

describe('the keys of a new VM', () => {
  it('are made in the user’s state folder, private, and never taken from the project', async () => {
    leaveKeys();
    const committed = readFileSync(join(vm.project, '.k3s-vm/id_ed25519.pub'), 'utf8').trim();
    const { clientPublicKey, hostKey } = await createIdentity(uuid, vm);
    expect(clientPublicKey).toMatch(/^ssh-ed25519 /);
    expect(clientPublicKey.split(' ')[1]).not.toBe(committed.split(' ')[1]);
    expect(read('known_hosts')).toBe(`k3s-a ${hostKey.publicKey.split(' ').slice(0, 2).join(' ')}\n`);
    expect(hostKey.privateKey).toContain('OPENSSH PRIVATE KEY');
    // The private half of the host key is the guest's alone
    expect(readdirSync(vmDir(uuid)).sort()).toEqual(['id_ed25519', 'id_ed25519.pub', 'known_hosts', 'vm.json']);
    expect(statSync(vmDir(uuid)).mode & 0o777).toBe(0o700);
    expect(statSync(join(vmDir(uuid), 'id_ed25519')).mode & 0o777).toBe(0o600);
    expect(await hasKeys(uuid, 'k3s-a')).toBe(true);
    expect(await hasKeys(uuid, 'k3s-b')).toBe(false);
  });
});

describe('the keys of a VM of an earlier version', () => {
  it('move to the state folder', async () => {
    leaveKeys();
    const old = join(vm.project, '.k3s-vm');
    const [key, pinned] = ['id_ed25519', 'known_hosts'].map((name) => readFileSync(join(old, name), 'utf8'));
    await adoptKeys(uuid, vm);
    expect([read('id_ed25519'), read('known_hosts')]).toEqual([key, pinned]);
    expect(statSync(join(vmDir(uuid), 'id_ed25519')).mode & 0o777).toBe(0o600);
    expect(readdirSync(old)).toEqual(['.gitignore']);
    await requireKeys(uuid, 'k3s-a');
  });

  it('do not replace those that are there', async () => {
    await createIdentity(uuid, vm);
    const before = read('id_ed25519');
    leaveKeys();
    await adoptKeys(uuid, vm);
    expect(read('id_ed25519')).toBe(before);
  });

  it.each<[string, () => void]>([
    [
      'the folder is a link',
      () => {
        leaveKeys(join(root, 'elsewhere'));
        symlinkSync(join(root, 'elsewhere'), join(vm.project, '.k3s-vm'));
      },
    ],
    [
      'the key is a link',
      () => {
        leaveKeys();
        const key = join(vm.project, '.k3s-vm/id_ed25519');
        execFileSync('mv', [key, join(root, 'elsewhere')]);
        symlinkSync(join(root, 'elsewhere'), key);
      },
    ],
    ['they are another VM’s', () => leaveKeys(undefined, 'k3s-b')],
    ['known_hosts pins with a pattern', () => leaveKeys(undefined, '*')],
    [
      'known_hosts names an authority',
      () => {
        leaveKeys();
        const file = join(vm.project, '.k3s-vm/known_hosts');
        writeFileSync(file, `@cert-authority ${readFileSync(file, 'utf8')}`);
      },
    ],
    ['there are none', () => undefined],
  ])('stay where they are when %s', async (_, prepare) => {
    prepare();
    await adoptKeys(uuid, vm);
    expect(existsSync(vmDir(uuid))).toBe(false);
    await expect(requireKeys(uuid, 'k3s-a')).rejects.toMatchObject({ code: 'KEYS_LOST' });
    if (existsSync(join(root, 'elsewhere'))) expect(lstatSync(join(root, 'elsewhere'))).toBeDefined();
  });
});

describe('a VM’s folder', () => {
  it('is never outside of the state folder', () => {
    for (const odd of ['', '..', '../../x', `${uuid}/..`, uuid.toUpperCase(), '1']) {
      expect(() => vmDir(odd), odd).toThrow(/UUID/);
    }
  });
});
