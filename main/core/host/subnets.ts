/**
 * IPv4 subnets: which of the host's routes a network would collide with.
 */

/** A route of the host, without the default ones. */
export interface Route {
  /** `192.168.0.0/16` */
  readonly subnet: string;
  /** Network interface, e.g. `tun0`. */
  readonly device: string;
}

interface Block {
  readonly base: number;
  readonly prefix: number;
}

const sizeOf = (prefix: number): number => 2 ** (32 - prefix);

function parseAddress(text: string): number | undefined {
  const parts = text.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

/** Reads `10.0.0.0/8`; without a prefix it is one address. Host bits are dropped. */
function parseBlock(text: string): Block | undefined {
  const [address = '', length = '32'] = text.split('/');
  const value = parseAddress(address);
  const prefix = Number(length);
  if (value === undefined || !Number.isInteger(prefix) || prefix < 0 || prefix > 32) return undefined;
  return { base: value - (value % sizeOf(prefix)), prefix };
}

const formatBlock = ({ base, prefix }: Block): string =>
  `${[24, 16, 8, 0].map((shift) => (base >>> shift) & 255).join('.')}/${prefix}`;

/** The subnet of an address in it: (`192.168.122.1`, 24) is `192.168.122.0/24`. */
export function subnetOf(address: string, prefix: number): string {
  const block = parseBlock(`${address}/${prefix}`);
  return block === undefined ? `${address}/${prefix}` : formatBlock(block);
}

/** Whether two subnets share an address. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [parseBlock(one), parseBlock(other)];
  return a !== undefined && b !== undefined && a.base < b.base + sizeOf(b.prefix) && b.base < a.base + sizeOf(a.prefix);
}

export interface Collision {
  readonly route: Route;
  /**
   * Whether the route takes traffic away from the network's guests: it is as narrow or narrower, and the kernel prefers
   * the narrowest. A wider one (a VPN that claims 192.168.0.0/16) loses, and only the part of it that the network covers.
   */
  readonly blocks: boolean;
}

/**
 * The routes that overlap with a subnet, those that block it first.
 *
 * @param ownDevice the network's own bridge, which of course has a route to it
 */
export function collisions(subnet: string, routes: readonly Route[], ownDevice?: string): readonly Collision[] {
  const own = parseBlock(subnet);
  if (own === undefined) return [];
  return routes
    .filter((route) => route.device !== ownDevice && overlap(subnet, route.subnet))
    .map((route) => ({ route, blocks: (parseBlock(route.subnet)?.prefix ?? 0) >= own.prefix }))
    .sort((a, b) => Number(b.blocks) - Number(a.blocks));
}

interface IpRoute {
  readonly dst?: unknown;
  readonly dev?: unknown;
  readonly type?: unknown;
}

/**
 * Reads `ip -json -4 route show table all`: other tables are where VPNs keep theirs. Routes to one's own addresses, broadcasts
 * and default routes (also in the halves that VPNs split them into) are left out.
 */
export function parseIpRoutes(json: string): readonly Route[] {
  const entries = JSON.parse(json) as readonly IpRoute[];
  return entries.flatMap(({ dst, dev, type }) => {
    if (typeof dst !== 'string' || typeof dev !== 'string' || (type !== undefined && type !== 'unicast')) return [];
    const block = parseBlock(dst);
    return block === undefined || isDefault(block) ? [] : [{ subnet: formatBlock(block), device: dev }];
  });
}

/** Reads /proc/net/route, whose addresses are 32 bits of the host's byte order in hexadecimal. */
export function parseProcRoutes(text: string): readonly Route[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [device, destination, , , , , , mask] = line.trim().split(/\s+/);
      if (device === undefined || destination === undefined || mask === undefined) return [];
      const prefix = [...Number.parseInt(mask, 16).toString(2)].filter((bit) => bit === '1').length;
      const bytes = destination.match(/../g)?.reverse() ?? [];
      const block = parseBlock(`${bytes.map((byte) => Number.parseInt(byte, 16)).join('.')}/${prefix}`);
      return block === undefined || isDefault(block) ? [] : [{ subnet: formatBlock(block), device }];
    });
}

const isDefault = ({ prefix }: Block): boolean => prefix <= 1;

/** Subnets for the default network, best first: libvirt's own, then its neighbours. */
const candidates = [122, ...Array.from({ length: 132 }, (_, i) => 123 + i), 121, 120, 119, 118, 117, 116];

/**
 * A subnet for a new network that nothing on the host overlaps.
 *
 * @returns the first three numbers, e.g. `192.168.122`; undefined when all are taken
 */
export function freeSubnet(routes: readonly Route[]): string | undefined {
  const found = candidates.find((third) => collisions(`192.168.${third}.0/24`, routes).length === 0);
  return found === undefined ? undefined : `192.168.${found}`;
}

/**
 * Subnets for k3s-vm's own network. Away from what home routers (192.168.0 to .2, .178), libvirt (.122), Vagrant (.56, .121),
 * minikube (.39 to .76), Docker (172.17 to 172.31), K3s' pods and services (10.42, 10.43) take; then two ranges for hosts
 * where a VPN claims 192.168.0.0/16.
 */
const ownCandidates = [
  ...Array.from({ length: 100 }, (_, i) => `192.168.${150 + i}`),
  ...Array.from({ length: 20 }, (_, i) => `10.153.${150 + i}`),
  ...Array.from({ length: 20 }, (_, i) => `172.30.${150 + i}`),
];

/**
 * /24 subnets for k3s-vm's own network, best first: those that nothing overlaps, then those that keep their traffic all the
 * same, as what overlaps is wider.
 *
 * @param taken subnets of other libvirt networks, which may not be active now
 * @returns the first three numbers of each, e.g. `192.168.150`
 */
export function freeNets(routes: readonly Route[], taken: readonly string[]): readonly string[] {
  const all = [...routes, ...taken.map((subnet) => ({ subnet, device: '' }))];
  const free: string[] = [];
  const usable: string[] = [];
  for (const net of ownCandidates) {
    const found = collisions(`${net}.0/24`, all);
    if (found.length === 0) free.push(net);
    else if (!found.some(({ blocks }) => blocks)) usable.push(net);
  }
  return [...free, ...usable];
}
