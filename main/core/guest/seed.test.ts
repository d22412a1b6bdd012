import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { execFileSync } from 'node:child_process';
import { hasPyYaml, readByPyYaml } from '../testing/pyyaml';
import { k3sConfigFile, seedFiles, type SeedSpec } from './seed';

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

  it.runIf(hasPyYaml)('reaches cloud-init as it was meant, whatever MAC address and names consist of', () => {
    for (const mac of ['52:54:00:55:58:59', '52:54:00:00:00:01', '52:54:00:1e:10:59']) {
      const digits = seedFiles({ ...spec, mac, name: 'on', instanceId: '1e3' });
      const [network, metaData, userData] = readByPyYaml([
        digits['network-config'],
        digits['meta-data'],
        digits['user-data'],
      ]);
      expect(network).toMatchObject({ ethernets: { primary: { match: { macaddress: mac } } } });
      expect(metaData).toEqual({ 'instance-id': '1e3', 'local-hostname': 'on' });
      expect(userData).toMatchObject({ hostname: 'on' });
    }
  });

  it.runIf(hasPyYaml)('reaches K3s with the types that the project gave its settings', () => {
    const k3sConfig = { token: 'yes', debug: true, 'write-kubeconfig-mode': '0600', v: 2, 'tls-san': ['1e3', '10:20'] };
    expect(readByPyYaml([k3sConfigFile({ k3sConfig })])).toEqual([k3sConfig]);
  });

  it('asks the guest to offer a golden image only where one is wanted', () => {
    expect(files.golden).toBeUndefined();
    expect(seedFiles({ ...spec, offersGolden: true }).golden).toBeDefined();
  });
});
