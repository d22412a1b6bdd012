/** resources/guest/guest.sh on seeds as they are written, below a folder in place of the guest's root. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressSeedFiles, seedFiles, type SeedSpec } from './seed';

const spec: SeedSpec = {
  name: 'k3s-shop',
  instanceId: 'i',
  clientPublicKey: 'ssh-ed25519 AAAA k3s-vm',
  hostKey: { privateKey: 'private\n', publicKey: 'ssh-ed25519 BBBB' },
  mac: '52:54:00:00:00:01',
  address: { ip: '192.168.150.77', prefix: 24, gateway: '192.168.150.1' },
  k3sConfig: { 'node-name': 'k3s-shop', 'tls-san': ['k3s-shop', '192.168.150.77', '192.168.150.7'] },
};

let root: string;
const path = (name: string): string => join(root, name);
const read = (name: string): string => readFileSync(path(name), 'utf8');
const write = (name: string, content: string | Buffer): void => {
  mkdirSync(dirname(path(name)), { recursive: true });
  writeFileSync(path(name), content);
};

/** Boots: the seed disk holds `files`; undefined where there is none. */
function boot(files: Readonly<Record<string, string | Buffer>> | undefined): void {
  rmSync(path('disk'), { recursive: true, force: true });
  for (const [name, content] of Object.entries(files ?? {})) write(join('disk', name), content);
  const script = readFileSync(new URL('../../../resources/guest/guest.sh', import.meta.url), 'utf8')
    .replaceAll(
      /\/var\/lib\/k3s-vm|\/run\/k3s-vm\/seed|\/proc\/sys\/kernel\/hostname|\/etc\//g,
      (found) => root + found,
    )
    .replace('tar -C /', `tar -C ${root}`);
  execFileSync('sh', ['-c', script], {
    env: { PATH: `${path('bin')}:${process.env.PATH ?? ''}`, DISK: path('disk') },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'k3s-vm-guest-'));
  for (const folder of ['etc/rancher', 'etc/systemd/network', 'proc/sys/kernel', 'var/lib/k3s-vm', 'bin'])
    mkdirSync(path(folder), { recursive: true });
  // mount … LABEL=cidata FOLDER, umount FOLDER
  write('bin/mount', '#!/bin/sh\n[ -d "$DISK" ] || exit 32\nfor folder; do :; done; cp -r "$DISK"/. "$folder"\n');
  write('bin/umount', '#!/bin/sh\nrm -rf "$1"/*\n');
  write('bin/restorecon', '#!/bin/sh\n');
  for (const program of ['mount', 'umount', 'restorecon']) chmodSync(path(`bin/${program}`), 0o755);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const networkFile = 'etc/systemd/network/05-k3s-vm.network';
const first = (): Readonly<Record<string, string | Buffer>> => ({ ...seedFiles(spec) });

describe('guest.sh', () => {
  it('gives a guest from a golden image its identity and its address', () => {
    write('var/lib/k3s-vm/generalised', '');
    boot(first());
    expect(read('etc/hostname')).toBe('k3s-shop\n');
    expect(read('proc/sys/kernel/hostname')).toBe('k3s-shop\n');
    expect(read(networkFile)).toContain('Address=192.168.150.77/24');
    expect(existsSync(path('var/lib/k3s-vm/identity'))).toBe(true);
  });

  it('leaves the network of any other guest to cloud-init, and all of it alone in later boots', () => {
    boot(first());
    expect(existsSync(path(networkFile))).toBe(false);
    write('etc/hostname', 'by-hand\n');
    boot(first());
    expect(existsSync(path(networkFile))).toBe(false);
    expect(read('etc/hostname')).toBe('by-hand\n');
  });

  it.each(['a golden image', 'a plain image'])('gives a guest from %s the address of a new seed, once', (from) => {
    if (from === 'a golden image') write('var/lib/k3s-vm/generalised', '');
    boot(first());
    boot(addressSeedFiles({ mac: spec.mac, address: { ip: '10.153.150.9', prefix: 24, gateway: '10.153.150.1' } }));
    expect(read(networkFile)).toContain('Address=10.153.150.9/24\nGateway=10.153.150.1');
    // The one next to it is another's
    expect(read('etc/rancher/k3s/config.yaml')).toContain('- "10.153.150.9"\n  - "192.168.150.7"\n');
    write(networkFile, 'by hand');
    boot(addressSeedFiles({ mac: spec.mac, address: { ip: '10.153.150.9', prefix: 24, gateway: '10.153.150.1' } }));
    expect(read(networkFile)).toBe('by hand');
  });

  it('comes up without its seed once it has an identity, and not before', () => {
    expect(() => boot(undefined)).toThrow();
    boot(first());
    boot(undefined);
    expect(read('etc/hostname')).toBe('k3s-shop\n');
  });
});
