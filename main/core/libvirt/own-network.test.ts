import { describe, expect, it } from 'vitest';
import { fakeNetworks } from './fake-networks';
import { parseNetwork, reserveAddress } from './networks';
import {
  ensureOwnNetwork,
  networkNameOf,
  networkSubnets,
  ownBridge,
  ownNetworkName,
  ownNetworkXml,
  removeOwnNetwork,
} from './own-network';

const nets =
  (...list: string[]) =>
  () =>
    Promise.resolve(list);
const domainOn = (network: string): string =>
  `<domain type='qemu'><name>x</name><devices><interface type='network'><source network='${network}'/></interface></devices></domain>`;

describe('the own network', () => {
  it('has no STP, a fixed bridge that is short enough for the kernel, and our mark', () => {
    const facts = parseNetwork(ownNetworkXml('192.168.150'));
    expect(facts).toMatchObject({
      name: ownNetworkName,
      bridge: ownBridge,
      gateway: '192.168.150.1',
      prefix: 24,
      stp: false,
      own: true,
    });
    // IFNAMSIZ: 16 with the end of the string
    expect(ownBridge.length).toBeLessThan(16);
  });

  it('is what `auto` stands for; any other name is taken as it is', () => {
    expect(networkNameOf('auto')).toBe(ownNetworkName);
    expect(networkNameOf('default')).toBe('default');
  });

  it('is made once, started, and started at every boot', async () => {
    const { virsh, networks, asked } = fakeNetworks();
    expect(await ensureOwnNetwork(virsh, nets('192.168.150'))).toMatchObject({ made: true, started: true });
    expect(networks.get(ownNetworkName)).toMatchObject({ active: true, autostart: true });
    asked.length = 0;
    const again = await ensureOwnNetwork(virsh, () => Promise.reject(new Error('not asked for a second time')));
    expect(again).toMatchObject({ made: false, started: false, facts: { gateway: '192.168.150.1' } });
    expect(asked).not.toContain('net-define');
  });

  it('is started again where it was stopped', async () => {
    const { virsh, networks } = fakeNetworks();
    await ensureOwnNetwork(virsh, nets('192.168.150'));
    const network = networks.get(ownNetworkName);
    if (network !== undefined) network.active = false;
    expect(await ensureOwnNetwork(virsh, nets())).toMatchObject({ made: false, started: true });
  });

  it('takes the next subnet where libvirt finds the first in use, and leaves no half of one', async () => {
    const { virsh, networks } = fakeNetworks({ inUse: ['192.168.150.1'] });
    const { facts } = await ensureOwnNetwork(virsh, nets('192.168.150', '192.168.151'));
    expect(facts.gateway).toBe('192.168.151.1');
    expect([...networks.keys()]).toEqual([ownNetworkName]);

    const full = fakeNetworks({ inUse: ['192.168.150.1'] });
    await expect(ensureOwnNetwork(full.virsh, nets('192.168.150'))).rejects.toMatchObject({
      code: 'NETWORK_COLLISION',
    });
    expect(full.networks.size).toBe(0);
  });

  it('is shared with a user whose setup was quicker', async () => {
    const fake = fakeNetworks();
    fake.before = ([command]) => {
      if (command !== 'net-define' || fake.networks.size > 0) return;
      fake.networks.set(ownNetworkName, { xml: ownNetworkXml('192.168.160'), active: true, autostart: true });
    };
    const { facts, made } = await ensureOwnNetwork(fake.virsh, nets('192.168.150'));
    expect({ made, gateway: facts.gateway }).toEqual({ made: false, gateway: '192.168.160.1' });
  });

  it('knows the subnets of all networks, whatever kinds there are', async () => {
    const { virsh, networks } = fakeNetworks();
    const bridged = "<network><name>br</name><forward mode='bridge'/><bridge name='br0'/></network>";
    networks.set('br', { xml: bridged, active: true, autostart: true });
    networks.set('a', {
      xml: ownNetworkXml('10.1.2').replace('255.255.255.0', '255.255.0.0'),
      active: false,
      autostart: false,
    });
    expect(await networkSubnets(virsh)).toEqual(['10.1.2.1/16']);
  });
});

describe('its removal', () => {
  const made = async () => {
    const fake = fakeNetworks();
    await ensureOwnNetwork(fake.virsh, nets('192.168.150'));
    return fake;
  };

  it('comes with the last VM, and none is fine', async () => {
    const { virsh, networks } = await made();
    expect(await removeOwnNetwork(virsh)).toBe(true);
    expect(networks.size).toBe(0);
    expect(await removeOwnNetwork(virsh)).toBe(false);
  });

  it('waits for every domain whose definition names it, ours or not', async () => {
    const { virsh, networks, domains } = await made();
    domains.set('somebody-elses', domainOn(ownNetworkName));
    expect(await removeOwnNetwork(virsh)).toBe(false);
    domains.set('somebody-elses', domainOn('default'));
    expect(networks.size).toBe(1);
    expect(await removeOwnNetwork(virsh)).toBe(true);
  });

  it('waits for a guest that runs, and for a VM that is being made', async () => {
    const { virsh, networks } = await made();
    const network = networks.get(ownNetworkName);
    if (network === undefined) throw new Error('no network');
    const quiet = network.xml;
    network.xml = quiet.replace('<network>', "<network connections='1'>");
    expect(await removeOwnNetwork(virsh)).toBe(false);
    network.xml = quiet;
    await reserveAddress(virsh, ownNetworkName, 'k3s-other');
    expect(await removeOwnNetwork(virsh)).toBe(false);
  });

  it('leaves a network of that name alone that somebody else made', async () => {
    const { virsh, networks } = fakeNetworks();
    const xml = ownNetworkXml('192.168.150').replace(/<metadata>.*<\/metadata>/, '');
    networks.set(ownNetworkName, { xml, active: true, autostart: true });
    expect(await removeOwnNetwork(virsh)).toBe(false);
  });
});

describe('the address of a VM', () => {
  it('is one of the new subnet after the network moved, and the old reservation goes', async () => {
    const { virsh, networks } = fakeNetworks();
    await ensureOwnNetwork(virsh, nets('192.168.150'));
    const first = await reserveAddress(virsh, ownNetworkName, 'k3s-a');
    const network = networks.get(ownNetworkName);
    if (network === undefined) throw new Error('no network');
    network.xml = network.xml
      .replace("address='192.168.150.1'", "address='192.168.151.1'")
      .replace(/<range[^>]*>/, "<range start='192.168.151.2' end='192.168.151.254'/>");
    const next = await reserveAddress(virsh, ownNetworkName, 'k3s-a');
    expect(next).toMatch(/^192\.168\.151\./);
    expect(parseNetwork(network.xml).reservations.map(({ ip }) => ip)).toEqual([next]);
    expect(first).toMatch(/^192\.168\.150\./);
  });

  it('is the one it has where a network was made again', async () => {
    const { virsh } = fakeNetworks();
    await ensureOwnNetwork(virsh, nets('192.168.150'));
    expect(await reserveAddress(virsh, ownNetworkName, 'k3s-a', undefined, '192.168.150.77')).toBe('192.168.150.77');
    // Unless another VM has it now
    expect(await reserveAddress(virsh, ownNetworkName, 'k3s-b', undefined, '192.168.150.77')).not.toBe(
      '192.168.150.77',
    );
  });
});
