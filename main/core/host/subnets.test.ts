import { describe, expect, it } from 'vitest';
import { seeded } from '../testing/random';
import { ipRoutes, procRoutes } from './recorded/routes';
import { collisions, freeNets, freeSubnet, overlap, parseIpRoutes, parseProcRoutes, subnetOf } from './subnets';

const known = [
  { subnet: '192.0.2.0/24', device: 'eth0' },
  { subnet: '192.168.122.0/24', device: 'virbr0' },
];

describe('routes', () => {
  it('come from ip, without default routes and own addresses', () => {
    expect(parseIpRoutes(ipRoutes)).toEqual(known);
  });

  it('come from /proc where there is no ip', () => {
    expect(parseProcRoutes(procRoutes)).toEqual(known);
    expect(parseProcRoutes('')).toEqual([]);
  });

  it('leave out the halves that a VPN splits the default route into, and keep single addresses', () => {
    const json =
      '[{"dst":"0.0.0.0/1","dev":"tun0"},{"dst":"128.0.0.0/1","dev":"tun0"},{"dst":"10.9.8.7","dev":"tun0"}]';
    expect(parseIpRoutes(json)).toEqual([{ subnet: '10.9.8.7/32', device: 'tun0' }]);
  });

  it('leave out what leads nowhere, and IPv6', () => {
    const json =
      '[{"type":"blackhole","dst":"10.0.0.0/8"},{"dst":"fd00::/64","dev":"eth0"},{"type":"unicast","dst":"10.1.0.0/16","dev":"a"}]';
    expect(parseIpRoutes(json)).toEqual([{ subnet: '10.1.0.0/16', device: 'a' }]);
  });
});

describe('overlap', () => {
  it.each([
    ['192.168.122.0/24', '192.168.122.0/24', true],
    ['192.168.122.0/24', '192.168.0.0/16', true],
    ['192.168.122.0/24', '192.168.122.200', true],
    ['192.168.122.0/24', '192.168.123.0/24', false],
    ['192.168.122.0/25', '192.168.122.128/25', false],
    ['0.0.0.0/0', '255.255.255.255/32', true],
    ['10.0.0.0/8', '11.0.0.0/8', false],
    ['nonsense', '10.0.0.0/8', false],
    ['10.0.0.0/33', '10.0.0.0/8', false],
  ])('of %s and %s: %s', (one, other, expected) => {
    expect(overlap(one, other)).toBe(expected);
    expect(overlap(other, one)).toBe(expected);
  });

  it('knows the subnet of an address', () => {
    expect(subnetOf('192.168.122.1', 24)).toBe('192.168.122.0/24');
    expect(subnetOf('10.1.255.254', 15)).toBe('10.0.0.0/15');
  });
});

describe('collisions', () => {
  it('ignore the own bridge', () => {
    expect(collisions('192.168.122.0/24', known, 'virbr0')).toEqual([]);
    expect(collisions('192.168.122.0/24', known, 'virbr7')).toHaveLength(1);
  });

  it('tell routes that block from wide ones that only lose a part', () => {
    const routes = [
      { subnet: '192.168.0.0/16', device: 'tun0' },
      { subnet: '192.168.122.64/26', device: 'tun1' },
    ];
    expect(collisions('192.168.122.0/24', routes)).toEqual([
      { route: routes[1], blocks: true },
      { route: routes[0], blocks: false },
    ]);
  });
});

describe('freeSubnet', () => {
  it("is libvirt's own where it can be, else a neighbour, else none", () => {
    expect(freeSubnet([])).toBe('192.168.122');
    expect(freeSubnet(known)).toBe('192.168.123');
    expect(freeSubnet([{ subnet: '192.168.0.0/16', device: 'tun0' }])).toBeUndefined();
  });
});

describe('freeNets', () => {
  const routes = (...subnets: string[]) => subnets.map((subnet) => ({ subnet, device: 'tun0' }));

  it('keeps away from routes and from the subnets of other networks, active or not', () => {
    const [first] = freeNets([], []);
    expect(first).toBe('192.168.150');
    expect(freeNets(routes('192.168.150.128/25'), [])[0]).toBe('192.168.151');
    expect(freeNets(routes('192.168.150.128/25'), ['192.168.151.1/24'])[0]).toBe('192.168.152');
  });

  it('leaves a range that a VPN claims, and goes below a wide route only where everything is claimed', () => {
    expect(freeNets(routes('192.168.0.0/16'), [])[0]).toBe('10.153.150');
    expect(freeNets(routes('192.168.0.0/16', '10.0.0.0/8'), [])[0]).toBe('172.30.150');
    expect(freeNets(routes('192.168.0.0/16', '10.0.0.0/8', '172.16.0.0/12'), [])[0]).toBe('192.168.150');
    expect(freeNets(routes('192.168.0.0/16', '192.168.150.0/24', '10.0.0.0/8', '172.16.0.0/12'), [])[0]).toBe(
      '192.168.151',
    );
  });

  it('never gives one that a route takes traffic from, whatever the host has', () => {
    const random = seeded(12);
    for (let round = 0; round < 200; round++) {
      const list = Array.from({ length: random.int(30) }, () => ({
        subnet: `${random.pick(['192.168', '10.153', '172.30'])}.${random.int(256)}.${random.int(256)}/${8 + random.int(25)}`,
        device: 'x',
      }));
      for (const net of freeNets(list, []).slice(0, 20)) {
        expect(collisions(`${net}.0/24`, list).filter(({ blocks }) => blocks)).toEqual([]);
      }
    }
  });
});
