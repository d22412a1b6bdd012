import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { maskedSeed, seedFiles, type SeedSpec } from './seed';
import { shellQuote, sshArgs } from './ssh';

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

interface UserData {
  readonly ssh_keys: { readonly ed25519_private: string };
  readonly write_files: readonly { readonly path: string; readonly content: string; readonly permissions?: string }[];
  readonly ssh_pwauth: boolean;
}

describe('seedFiles', () => {
  const files = seedFiles(spec);
  const userData = parse(files['user-data']) as UserData;

  it('is cloud-config with our host key, byte for byte', () => {
    expect(files['user-data']).toMatch(/^#cloud-config\n/);
    expect(userData.ssh_keys.ed25519_private).toBe(spec.hostKey.privateKey);
    expect(userData.ssh_pwauth).toBe(false);
  });

  it('carries the K3s configuration, for root alone', () => {
    const file = userData.write_files.find(({ path }) => path === '/etc/rancher/k3s/config.yaml');
    expect(parse(file?.content ?? '')).toEqual(spec.k3sConfig);
    expect(file?.permissions).toBe('0600');
  });

  it('gives a reserved address statically, and asks DHCP in user mode', () => {
    expect(parse(files['network-config'])).toMatchObject({
      ethernets: { primary: { dhcp4: false, addresses: ['192.168.122.9/24'] } },
    });
    const { address: _, ...rest } = spec;
    expect(parse(seedFiles(rest)['network-config'])).toMatchObject({ ethernets: { primary: { dhcp4: true } } });
  });

  it('is shown without its secrets', () => {
    const shown = maskedSeed(files)['user-data'];
    expect(shown).not.toContain('secret');
    expect(shown).toContain('(masked)');
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

  it('quotes words for the guest’s shell', () => {
    expect(shellQuote('a b')).toBe("'a b'");
    expect(shellQuote('/usr/bin/x')).toBe('/usr/bin/x');
    expect(shellQuote('')).toBe("''");
  });
});
