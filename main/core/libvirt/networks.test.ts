import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { chooseAddress, macFor, parseNetwork } from './networks';
import { parsePool, volumeXml } from './volumes';

const recorded = (name: string): string => readFileSync(new URL(`./recorded/${name}`, import.meta.url), 'utf8');

describe('parseNetwork', () => {
  it('reads the real default network', () => {
    expect(parseNetwork(recorded('network-default.xml'))).toEqual({
      name: 'default',
      bridge: 'virbr0',
      gateway: '192.168.122.1',
      prefix: 24,
      range: { start: '192.168.122.2', end: '192.168.122.254' },
      reservations: [{ mac: '52:54:00:35:3e:00', ip: '192.168.122.194', name: 'k3s-try' }],
      stp: true,
      connections: 0,
      own: false,
    });
    const busy = recorded('network-default.xml').replace('<network>', "<network connections='2'>");
    expect(parseNetwork(busy).connections).toBe(2);
  });

  it('refuses networks on which guests cannot have an address of their own', () => {
    const bridge = "<network><name>br</name><forward mode='bridge'/><bridge name='br0'/></network>";
    expect(() => parseNetwork(bridge)).toThrow('no IPv4 subnet');
    const noDhcp = "<network><name>n</name><ip address='10.0.0.1' netmask='255.255.0.0'/></network>";
    expect(() => parseNetwork(noDhcp)).toThrow('no DHCP range');
  });

  it('takes no reservation for an address that is none', () => {
    const odd = recorded('network-default.xml').replace('192.168.122.194', '-oProxyCommand=x');
    expect(parseNetwork(odd).reservations).toEqual([]);
  });

  it('takes prefix and netmask alike', () => {
    const network = (mask: string): string =>
      `<network><name>n</name><ip address='10.0.0.1' ${mask}><dhcp><range start='10.0.0.2' end='10.0.0.9'/></dhcp></ip></network>`;
    expect(parseNetwork(network("netmask='255.255.240.0'")).prefix).toBe(20);
    expect(parseNetwork(network("prefix='20'")).prefix).toBe(20);
  });
});

describe('chooseAddress', () => {
  const network = parseNetwork(recorded('network-default.xml'));

  it('gives a name the same address again, and another one when it is taken', () => {
    const first = chooseAddress(network, 'k3s-a', new Set());
    expect(chooseAddress(network, 'k3s-a', new Set())).toBe(first);
    expect(chooseAddress(network, 'k3s-a', new Set([first]))).not.toBe(first);
  });

  it('finds the last free address and says when there is none', () => {
    const small = { ...network, range: { start: '192.168.122.2', end: '192.168.122.4' } };
    expect(chooseAddress(small, 'a', new Set(['192.168.122.2', '192.168.122.4']))).toBe('192.168.122.3');
    const all = new Set(['192.168.122.2', '192.168.122.3', '192.168.122.4']);
    expect(() => chooseAddress(small, 'a', all)).toThrow('no free address');
  });
});

describe('macFor', () => {
  it('is stable, in QEMU’s range, and differs by name', () => {
    expect(macFor('k3s-a')).toMatch(/^52:54:00(:[0-9a-f]{2}){3}$/);
    expect(macFor('k3s-a')).toBe(macFor('k3s-a'));
    expect(macFor('k3s-a')).not.toBe(macFor('k3s-b'));
  });
});

describe('storage', () => {
  it('reads a real pool', () => {
    expect(parsePool(recorded('pool-default.xml'))).toMatchObject({ path: '/var/lib/libvirt/images' });
  });

  it('makes thin overlays', () => {
    const xml = volumeXml({
      name: 'a.qcow2',
      capacity: 100,
      format: 'qcow2',
      backing: { path: '/p/b&c', format: 'qcow2' },
    });
    expect(xml).toContain("<allocation unit='bytes'>0</allocation>");
    expect(xml).toContain('<path>/p/b&amp;c</path>');
    expect(xml, 'a format that gives back what the guest trims').toContain('<compat>1.1</compat>');
  });
});
