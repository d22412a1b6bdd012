import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { execFileSync } from 'node:child_process';
import { seedFiles, type SeedSpec } from './seed';
import { sshArgs } from './ssh';

const spec: SeedSpec = {
  name: 'k3s-a',
  instanceId: 'id-1',
  clientPublicKey: 'ssh-ed25519 AAAA k3s-vm',
  hostKey: {
    privateKey: '-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n-----END OPENSSH PRIVATE KEY-----\n',
    publicKey: 'ssh-ed25519 BBBB k3s-a',
  },
  mac: '52:54:00:01:02:03',
  address: { ip: '192.168.122.9', prefix: 24, gateway: '192.168.122.1' },
  k3sConfig: { 'tls-san': ['k3s-a'], token: 'very secret' },
};

describe('seedFiles', () => {
  const files = seedFiles(spec);
  const inIdentity = (path: string): string =>
    execFileSync('tar', ['--extract', '--to-stdout', '--file=-', path], {
      input: files['identity.tar'],
      encoding: 'utf8',
    });

  it('gives cloud-init no secret: a golden image could be made of what it writes to the disk', () => {
    expect(files['user-data']).toMatch(/^#cloud-config\n/);
    const { 'user-data': userData, 'meta-data': metaData, 'network-config': network } = files;
    expect(userData + metaData + network).not.toContain('secret');
  });

  it('has no key made that nobody pinned', () => {
    expect(parse(files['user-data'])).toMatchObject({ ssh_genkeytypes: [], ssh_pwauth: false });
    expect(files.ssh_host_ed25519_key).toBe(spec.hostKey.privateKey);
    expect(inIdentity('etc/ssh/ssh_host_ed25519_key')).toBe(spec.hostKey.privateKey);
  });

  it('carries the K3s configuration', () => {
    expect(parse(inIdentity('etc/rancher/k3s/config.yaml'))).toEqual(spec.k3sConfig);
  });

  it('gives the same static address to cloud-init and to systemd-networkd', () => {
    expect(parse(files['network-config'])).toMatchObject({
      ethernets: { primary: { match: { macaddress: spec.mac }, dhcp4: false, addresses: ['192.168.122.9/24'] } },
    });
    const network = inIdentity('etc/systemd/network/05-k3s-vm.network');
    expect(network).toContain('MACAddress=52:54:00:01:02:03\n');
    expect(network).toContain('Address=192.168.122.9/24\nGateway=192.168.122.1\n');
  });

  it('asks the guest to offer a golden image only where one is wanted', () => {
    expect(files.golden).toBeUndefined();
    expect(seedFiles({ ...spec, offersGolden: true }).golden).toBeDefined();
  });
});

describe('ssh', () => {
  const target = { project: '/my project', vm: 'k3s-a', address: '127.0.0.1', port: 2222 };

  it('pins the host key under the VM’s name and uses nothing of the user’s', () => {
    const args = sshArgs(target, ['echo', "it's"]);
    expect(args).toContain('StrictHostKeyChecking=yes');
    expect(args).toContain('HostKeyAlias=k3s-a');
    expect(args).toContain('UserKnownHostsFile="/my project/.k3s-vm/known_hosts"');
    expect(args.slice(0, 2)).toEqual(['-F', '/dev/null']);
    expect(args.slice(-3)).toEqual(['--', 'echo', `'it'\\''s'`]);
  });
});
