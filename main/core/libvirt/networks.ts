/**
 * libvirt networks, and the address that a VM keeps on one.
 * https://libvirt.org/formatnetwork.html
 */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { k3sVmError } from '../errors';
import { escapeXml as e, parseXml } from './xml';
import type { Virsh } from './virsh';

export interface Reservation {
  readonly mac: string;
  readonly ip: string;
  readonly name?: string;
}

export interface NetworkFacts {
  readonly name: string;
  readonly bridge?: string;
  /** The host's address on it, which is the guests' gateway and DNS server. */
  readonly gateway: string;
  readonly prefix: number;
  readonly range: { readonly start: string; readonly end: string };
  readonly reservations: readonly Reservation[];
  /** Its bridge runs the spanning tree protocol: for 4 s, nothing passes to a guest that was just plugged in. */
  readonly stp: boolean;
  /** Guests that are plugged in now. */
  readonly connections: number;
  /** Made by k3s-vm: see own-network.ts. */
  readonly own: boolean;
}

/**
 * A guest's place in QEMU's user-mode network, where forwarded ports lead.
 * https://www.qemu.org/docs/master/system/devices/net.html#using-the-user-mode-network-stack
 */
export const userModeAddress = { ip: '10.0.2.15', prefix: 24, gateway: '10.0.2.2', nameserver: '10.0.2.3' } as const;

/** Whether an address lies in a network's subnet. */
export function inSubnet(ip: string, { gateway, prefix }: Pick<NetworkFacts, 'gateway' | 'prefix'>): boolean {
  const size = 2 ** (32 - prefix);
  return Math.floor(toNumber(ip) / size) === Math.floor(toNumber(gateway) / size);
}

const toNumber = (ip: string): number => ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const toIp = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');

/**
 * Reads `net-dumpxml`.
 *
 * @throws NETWORK_UNSUITABLE when guests cannot have an IPv4 address of its own choosing there
 */
export function parseNetwork(text: string): NetworkFacts {
  const network = parseXml(text, 'network');
  const name = network.at('name')?.text ?? '';
  const ip = network.all('ip').find((element) => (element.attributes.family ?? 'ipv4') === 'ipv4');
  const gateway = ip?.attributes.address;
  if (ip === undefined || gateway === undefined) {
    throw k3sVmError('NETWORK_UNSUITABLE', { network: name, why: 'it has no IPv4 subnet' });
  }
  const range = ip.at('dhcp', 'range')?.attributes;
  if (range?.start === undefined || range.end === undefined) {
    throw k3sVmError('NETWORK_UNSUITABLE', { network: name, why: 'it has no DHCP range' });
  }
  const netmask = ip.attributes.netmask;
  const prefix =
    ip.attributes.prefix ?? (netmask === undefined ? 24 : toNumber(netmask).toString(2).replaceAll('0', '').length);
  const { name: bridge, stp } = network.at('bridge')?.attributes ?? {};
  return {
    name,
    gateway,
    prefix: Number(prefix),
    range: { start: range.start, end: range.end },
    reservations: reservationsIn(text),
    stp: stp === 'on',
    connections: Number(network.attributes.connections ?? 0),
    own: network.at('metadata', 'network')?.attributes.by === 'k3s-vm',
    ...(bridge === undefined ? {} : { bridge }),
  };
}

/**
 * The DHCP reservations of a network; also of one that could not be used for a new VM. Anything that is not an address
 * is left out, because it would be passed to ssh.
 */
function reservationsIn(text: string): readonly Reservation[] {
  const hosts = parseXml(text, 'network')
    .all('ip')
    .flatMap((ip) => ip.at('dhcp')?.all('host') ?? []);
  return hosts.flatMap(({ attributes: { mac, ip, name } }) =>
    mac === undefined || ip === undefined || isIP(ip) === 0
      ? []
      : [{ mac, ip, ...(name === undefined ? {} : { name }) }],
  );
}

/** A MAC address in QEMU's range that is always the same for a VM's name. */
export function macFor(name: string): string {
  const [a = 0, b = 0, c = 0] = createHash('sha256').update(`k3s-vm mac ${name}`).digest();
  return ['52', '54', '00', ...[a, b, c].map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
}

/**
 * Chooses an address in the network's DHCP range that nobody holds: first the one a hash of the name points to, so that
 * a VM made again gets the address it had.
 *
 * @param taken addresses in use, reserved or leased
 * @throws ADDRESS_POOL_FULL
 */
export function chooseAddress(network: NetworkFacts, name: string, taken: ReadonlySet<string>): string {
  const first = toNumber(network.range.start);
  const size = toNumber(network.range.end) - first + 1;
  const offset = createHash('sha256').update(`k3s-vm ip ${name}`).digest().readUInt32BE(0) % size;
  for (let i = 0; i < size; i++) {
    const candidate = toIp(first + ((offset + i) % size));
    if (!taken.has(candidate) && candidate !== network.gateway) return candidate;
  }
  throw k3sVmError('ADDRESS_POOL_FULL', { network: network.name });
}

/**
 * Looks at a network.
 *
 * @throws NETWORK_MISSING, NETWORK_UNSUITABLE
 */
export async function lookAtNetwork(virsh: Virsh, name: string, signal?: AbortSignal): Promise<NetworkFacts> {
  const text = await virsh.expect(['no-network'], ['net-dumpxml', name], { signal, doing: 'inspect the network' });
  if (text === undefined) throw k3sVmError('NETWORK_MISSING', { network: name });
  return parseNetwork(text);
}

/** Whether a network is active. */
async function networkIsActive(virsh: Virsh, name: string, signal?: AbortSignal): Promise<boolean> {
  const text = await virsh.run(['net-info', name], { signal, doing: 'inspect the network' });
  return /^Active:\s+yes/m.test(text);
}

/** Addresses that dnsmasq has leased out. */
async function leasedAddresses(virsh: Virsh, network: string, signal?: AbortSignal): Promise<readonly string[]> {
  const text = await virsh.expect(['network-inactive', 'other'], ['net-dhcp-leases', network], { signal });
  return [...(text ?? '').matchAll(/(\d+\.\d+\.\d+\.\d+)\/\d+/g)].map((match) => match[1] ?? '');
}

/**
 * Reserves MAC and IP of a VM; a reservation it has already is kept as long as it lies in the network's subnet. The caller
 * holds the connection's lock.
 *
 * @param wanted the address that the VM has already: reserved if it is free
 * @returns the reserved address
 * @throws ADDRESS_POOL_FULL, NETWORK_MISSING, NETWORK_UNSUITABLE, LIBVIRT
 */
export async function reserveAddress(
  virsh: Virsh,
  networkName: string,
  vm: string,
  signal?: AbortSignal,
  wanted?: string,
): Promise<string> {
  const network = await lookAtNetwork(virsh, networkName, signal);
  const mac = macFor(vm);
  const own = network.reservations.find((r) => r.mac === mac);
  if (own !== undefined && inSubnet(own.ip, network)) return own.ip;
  // Left from before the network was given another subnet
  if (own !== undefined) await updateReservation(virsh, networkName, 'delete', own, signal);
  const leased = await leasedAddresses(virsh, networkName, signal);
  const taken = new Set([...network.reservations.map((r) => r.ip), ...leased]);
  const keeps = wanted !== undefined && inSubnet(wanted, network) && !taken.has(wanted);
  const ip = keeps ? wanted : chooseAddress(network, vm, taken);
  await updateReservation(virsh, networkName, 'add', { mac, ip, name: vm }, signal);
  return ip;
}

/** Gives a VM's reservation back; none is fine. @returns whether there was one */
export async function releaseAddress(
  virsh: Virsh,
  networkName: string,
  vm: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const text = await virsh.expect(['no-network'], ['net-dumpxml', networkName], { signal });
  if (text === undefined) return false;
  const own = reservationsIn(text).find((r) => r.mac === macFor(vm) || r.name === vm);
  if (own === undefined) return false;
  await updateReservation(virsh, networkName, 'delete', own, signal);
  return true;
}

async function updateReservation(
  virsh: Virsh,
  network: string,
  action: 'add' | 'delete',
  { mac, ip, name }: Reservation,
  signal?: AbortSignal,
): Promise<void> {
  const xml = `<host mac='${e(mac)}'${name === undefined ? '' : ` name='${e(name)}'`} ip='${e(ip)}'/>`;
  const update = ['net-update', network, action, 'ip-dhcp-host', xml, '--config'];
  const doing = `${action} the reservation of ${ip}`;
  // --live is refused on an inactive network.
  const live = await networkIsActive(virsh, network, signal);
  await virsh.run(live ? [...update, '--live'] : update, { signal, doing });
}
