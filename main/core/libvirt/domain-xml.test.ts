import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { domainXml, parseDomain, type DomainSpec } from './domain-xml';
import { metadataXml, type VmMetadata } from './metadata';
import { parseXml } from './xml';
import { parseDiskStats, parseDomainState } from './domains';

const recorded = (name: string): string => readFileSync(new URL(`./recorded/${name}`, import.meta.url), 'utf8');

const metadata: VmMetadata = {
  schema: 1,
  phase: 'created',
  project: "/home/o'neil/my <project> & more",
  pool: 'default',
  k3sVersion: 'v1.36.1+k3s1',
  image: 'debian-12',
  imageDigest: 'sha512:abc',
  baseVolume: 'k3s-vm-base-abc.img',
  payloadVolume: 'k3s-vm-payload-1.iso',
  recipe: 'abc',
  mac: '52:54:00:01:02:03',
  address: '192.168.122.10',
  network: 'default',
  sshPort: 22,
  apiPort: 6443,
};

const spec: DomainSpec = {
  name: 'k3s-a',
  uuid: '11111111-2222-3333-4444-555555555555',
  arch: 'x86_64',
  acceleration: 'tcg',
  cpus: 3,
  memoryBytes: 2 * 1024 ** 3,
  systemDisk: '/pool/a & b.qcow2',
  seed: '/pool/seed.iso',
  payload: '/pool/payload.iso',
  nic: { network: 'default' },
  consoleLog: '/var/log/libvirt/qemu/k3s-a-console.log',
  metadata,
};

describe('domainXml', () => {
  it('comes back as it went in, odd characters included', () => {
    const facts = parseDomain(domainXml(spec));
    expect(facts).toEqual({
      name: 'k3s-a',
      uuid: spec.uuid,
      acceleration: 'tcg',
      cpus: 3,
      memoryBytes: 2 * 1024 ** 3,
      disks: ['/pool/a & b.qcow2', '/pool/seed.iso', '/pool/payload.iso'],
      metadata,
    });
  });

  it('attaches everything as virtio, since the cloud kernel has no AHCI', () => {
    const disks = parseXml(domainXml(spec), 'domain').at('devices')?.all('disk') ?? [];
    expect(disks.map((disk) => disk.at('target')?.attributes.bus)).toEqual(['virtio', 'virtio', 'virtio']);
    expect(disks.map((disk) => disk.at('readonly') !== undefined)).toEqual([false, true, true]);
  });

  it('passes the host CPU through under KVM only', () => {
    expect(domainXml({ ...spec, acceleration: 'kvm' })).toContain("<domain type='kvm'");
    expect(domainXml({ ...spec, acceleration: 'kvm' })).toContain('host-passthrough');
    expect(domainXml(spec)).toContain("<cpu mode='maximum'/>");
  });

  it('forwards loopback ports in user mode, and nothing else', () => {
    const xml = domainXml({ ...spec, nic: { forwards: [{ hostPort: 2222, guestPort: 22 }] } });
    expect(xml).toContain('hostfwd=tcp:127.0.0.1:2222-:22');
    expect(xml).not.toContain('<interface');
  });
});

describe('parseDomain', () => {
  it('reads a real running domain', () => {
    const facts = parseDomain(recorded('domain-running.xml'));
    expect(facts).toMatchObject({ name: 'k3s-try', cpus: 2, memoryBytes: 2 * 1024 ** 3, acceleration: 'tcg' });
    expect(facts.id).toBeDefined();
    expect(facts.disks).toHaveLength(3);
    expect(facts.metadata).toMatchObject({ schema: 1, phase: 'provisioned', apiPort: 6443, network: 'default' });
  });

  it('does not take somebody else’s domain for ours', () => {
    const xml =
      "<domain type='kvm'><name>web</name><uuid>u</uuid><vcpu>1</vcpu><memory unit='KiB'>1024</memory></domain>";
    expect(parseDomain(xml).metadata).toBeUndefined();
    const other = xml.replace('<vcpu>', "<metadata><x:cluster xmlns:x='urn:other'/></metadata><vcpu>");
    expect(parseDomain(other).metadata).toBeUndefined();
  });

  it('says what is missing', () => {
    expect(() => parseDomain('<domain><name>a</name></domain>')).toThrow('<uuid>');
    expect(() => parseDomain('<network/>')).toThrow('<domain>');
  });
});

describe('metadata', () => {
  it('stands alone for virsh metadata --set', () => {
    expect(metadataXml(metadata)).toMatch(/^<cluster schema='1' /);
    expect(metadataXml({ ...metadata, since: 'now' })).toContain("since='now'");
  });
});

describe('states', () => {
  it('reads domstate --reason', () => {
    expect(parseDomainState('shut off (crashed)\n')).toEqual({ state: 'shut off', reason: 'crashed' });
    expect(parseDomainState('paused (I/O error)')).toEqual({ state: 'paused', reason: 'I/O error' });
    expect(parseDomainState('running')).toEqual({ state: 'running', reason: 'unknown' });
  });

  it('reads the first disk of domstats --block', () => {
    const { diskBytes, diskUsedBytes } = parseDiskStats(recorded('domstats-block.txt'));
    expect(diskBytes).toBe(20 * 1024 ** 3);
    expect(diskUsedBytes).toBeGreaterThan(1024 ** 2);
    expect(parseDiskStats('')).toEqual({});
  });
});
