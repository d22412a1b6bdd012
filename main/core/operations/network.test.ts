import { someMetadata } from '../testing/fake-libvirt';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { fakeConfig, fakeMachine } from '../host/fake-host';
import { fakeNetworks, type FakeNetworks } from '../libvirt/fake-networks';
import type { VmMetadata } from '../libvirt/metadata';
import { parseNetwork } from '../libvirt/networks';
import { ownNetworkName, ownNetworkXml } from '../libvirt/own-network';
import type { Environment } from './environment';
import { networkForNewVm, networkTrouble, plannedNetwork, prepareNetwork } from './network';

const work = { signal: new AbortController().signal, report: () => undefined };
const machine = fakeMachine({ routes: () => Promise.resolve([{ subnet: '192.168.150.0/24', device: 'tun0' }]) });

const state = mkdtempSync(join(tmpdir(), 'k3s-vm-network-'));
beforeAll(() => void vi.stubEnv('XDG_STATE_HOME', state));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(state, { recursive: true });
});

const envOf = ({ virsh }: FakeNetworks, network = 'auto', session = false): Environment =>
  ({
    config: fakeConfig({ network, name: 'k3s-a' }),
    explicit: new Set(),
    virsh,
    uri: virsh.uri,
    session,
  }) as unknown as Environment;

const fake = (): FakeNetworks => fakeNetworks();
const add = ({ networks }: FakeNetworks, xml: string, active = true): void =>
  void networks.set(/<name>([^<]*)/.exec(xml)?.[1] ?? '', { xml, active, autostart: true });

const metadata = (more: Partial<VmMetadata> = {}): VmMetadata =>
  someMetadata({
    mac: '52:54:00:00:00:01',
    address: '192.168.150.77',
    network: ownNetworkName,
    readsSeed: 'yes',
    sshPort: 22,
    apiPort: 6443,
    ...more,
  });

describe('networkForNewVm', () => {
  it('makes the own network beside what the host has, and tells of it once', async () => {
    const libvirt = fake();
    const found = await networkForNewVm(envOf(libvirt), work.signal, machine);
    expect(found?.note).toBe('on a network of its own, "k3s-vm" (192.168.151.0/24 on virbr-k3svm)');
    expect((await networkForNewVm(envOf(libvirt), work.signal, machine))?.note).toBeUndefined();
  });

  it('takes the one that was asked for as it is, and none for a session', async () => {
    const libvirt = fake();
    await expect(networkForNewVm(envOf(libvirt, 'nope'), work.signal, machine)).rejects.toMatchObject({
      code: 'NETWORK_MISSING',
    });
    expect(await networkForNewVm(envOf(libvirt, 'auto', true), work.signal, machine)).toBeUndefined();
    expect(libvirt.networks.size).toBe(0);
  });
});

describe('plannedNetwork', () => {
  it('says where the own network would be, and makes nothing', async () => {
    const libvirt = fake();
    expect(await plannedNetwork(envOf(libvirt), work.signal, machine)).toMatchObject({ gateway: '192.168.151.1' });
    expect(libvirt.networks.size).toBe(0);
    expect(libvirt.asked).not.toContain('net-define');
    await expect(plannedNetwork(envOf(libvirt, 'nope'), work.signal, machine)).rejects.toMatchObject({
      code: 'NETWORK_MISSING',
    });
  });
});

describe('prepareNetwork', () => {
  const domain = { name: 'k3s-a', uuid: '0f0e0d0c-0b0a-4909-8807-060504030201' };
  const prepare = (libvirt: FakeNetworks, of = metadata(), resumes = false) =>
    prepareNetwork(envOf(libvirt), { domain, metadata: of }, 'start', { resumes }, work, machine);

  it('asks once and changes nothing where all is well', async () => {
    const libvirt = fake();
    add(libvirt, ownNetworkXml('192.168.150'));
    expect(await prepare(libvirt)).toEqual({ metadata: metadata(), notes: [] });
    expect(libvirt.asked).toEqual(['net-dumpxml', 'net-info']);
  });

  it.each([
    [ownNetworkName, metadata()],
    ['default', metadata({ network: 'default' })],
  ])('starts the network "%s" and says so', async (name, of) => {
    const libvirt = fake();
    add(libvirt, ownNetworkXml('192.168.150').replace(/<name>[^<]*/, `<name>${name}`), false);
    const { notes } = await prepare(libvirt, of, true);
    expect(notes).toEqual([`started the network "${name}", now and at every boot`]);
    expect(libvirt.networks.get(name)?.active).toBe(true);
  });

  it('makes the own network again with the VM’s address where somebody removed it', async () => {
    const libvirt = fake();
    const free = fakeMachine({ routes: () => Promise.resolve([]) });
    const of = metadata({ address: '192.168.199.77' });
    const { notes } = await prepareNetwork(
      envOf(libvirt),
      { domain, metadata: of },
      'start',
      { resumes: true },
      work,
      free,
    );
    expect(notes).toEqual(['created its network "k3s-vm" again']);
    const { gateway, reservations } = parseNetwork(libvirt.networks.get(ownNetworkName)?.xml ?? '');
    expect({ gateway, ips: reservations.map(({ ip }) => ip) }).toEqual({
      gateway: '192.168.199.1',
      ips: ['192.168.199.77'],
    });
    await expect(prepare(fake(), metadata({ network: 'gone' }))).rejects.toMatchObject({ code: 'NETWORK_MISSING' });
  });

  it('gives a VM whose network moved an address there, in libvirt and in its seed', async () => {
    const libvirt = fake();
    add(libvirt, ownNetworkXml('192.168.151'));
    const commands: (readonly string[])[] = [];
    libvirt.before = (args) => void commands.push(args);
    const { metadata: next, notes } = await prepare(libvirt);
    expect(next.address).toMatch(/^192\.168\.151\./);
    expect(notes).toEqual([`its address is now ${next.address}`]);
    const [upload, written] = ['vol-upload', 'metadata'].map((word) =>
      commands.findIndex(([command]) => command === word),
    );
    expect(commands[upload ?? -1]).toContain('k3s-a-seed.iso');
    expect(commands[written ?? -1]?.join(' ')).toContain(next.address);
    // The seed first: a start that breaks off in between is repeated
    expect(upload).toBeLessThan(written ?? 0);
  });

  it.each([
    ['suspended', metadata(), true, 'k3s-vm start --discard-saved'],
    ['of an older k3s-vm', (({ readsSeed: _, ...old }) => old)(metadata()), false, 'k3s-vm reset --recreate'],
  ] as const)('says what to do with a VM that is %s', async (_what, of, resumes, command) => {
    const libvirt = fake();
    add(libvirt, ownNetworkXml('192.168.151'));
    const error: unknown = await prepare(libvirt, of, resumes).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ADDRESS_STRANDED', exitStatus: 10 });
    expect((error as { hints: readonly { command?: string }[] }).hints.map((hint) => hint.command)).toContain(command);
    expect(libvirt.asked).not.toContain('vol-upload');
  });
});

describe('networkTrouble', () => {
  const trouble = (libvirt: FakeNetworks) => networkTrouble(envOf(libvirt), metadata(), undefined, machine);

  it('is none where the VM is silent for another reason', async () => {
    const libvirt = fake();
    add(libvirt, ownNetworkXml('192.168.150').replace('virbr-k3svm', 'tun0'));
    expect(await trouble(libvirt)).toBeUndefined();
  });

  it('is a network that is gone, or was given another subnet', async () => {
    expect(await trouble(fake())).toMatchObject({ detail: '"k3s-vm" is gone', fix: { command: 'k3s-vm restart' } });
    const moved = fake();
    add(moved, ownNetworkXml('192.168.151'));
    expect(await trouble(moved)).toMatchObject({
      id: 'network',
      state: 'failed',
      detail: '192.168.150.77 is not in 192.168.151.0/24, the subnet of "k3s-vm"',
      fix: { command: 'k3s-vm restart' },
    });
  });

  it('is a route that takes the traffic, with the command that moves network and VM', async () => {
    const libvirt = fake();
    add(libvirt, ownNetworkXml('192.168.150'));
    expect(await trouble(libvirt)).toMatchObject({
      detail: 'the route to 192.168.150.0/24 through tun0 takes the traffic of 192.168.150.0/24',
      fix: { command: 'k3s-vm stop && k3s-vm doctor --fix && k3s-vm start' },
    });
  });
});
