/**
 * What `doctor --fix` does. Each fix is safe, asks the user nothing (sudo only where it needs no password), and can be
 * repeated without harm.
 */
import { k3sVmError, withFix, type HostFixId, type Remedy } from '../errors';
import { isLocalSystem } from '../errors/host';
import { systemUri } from '../libvirt/uri';
import { inSubnet, lookAtNetwork } from '../libvirt/networks';
import { networkSubnets, ownNetworkName, startNetwork as bringUp } from '../libvirt/own-network';
import { virshError, type Virsh, type VirshFault } from '../libvirt/virsh';
import { withTempFile } from '../files/temp-file';
import type { CheckEnvironment } from './check';
import { firstAnswer } from './daemon-answer';
import { startDaemon, unitsInstalled } from './daemon-units';
import { systemProgram } from './find-program';
import { remedy } from './remedies';
import { freeNets, freeSubnet, subnetOf, type Route } from './subnets';

/** The commands that start libvirt without asking for a password; undefined where there are none. */
async function startCommands({
  machine,
}: Pick<CheckEnvironment, 'machine'>): Promise<readonly (readonly string[])[] | undefined> {
  const { facts, on } = machine;
  if (!facts.root && facts.privilege === 'su') return undefined;
  // NixOS makes its units outside the folders we look in
  if (facts.systemd && on.id !== 'nixos' && !unitsInstalled(on, facts)) return undefined;
  const silently = facts.root ? [] : [facts.privilege, '-n'];
  if (facts.systemd || facts.openrc) return startDaemon(on, facts).map((argv) => [...silently, ...argv]);
  const found: string[][] = [];
  for (const [name = '', ...args] of startDaemon(on, facts)) {
    const path = await machine.find(systemProgram(name));
    if (path !== undefined) found.push([...silently, path, ...args]);
    else if (name === 'libvirtd') return undefined;
  }
  return found;
}

/** How to start the daemon: by hand, and automatically where we know how. */
export async function howToStartLibvirt(env: Pick<CheckEnvironment, 'machine' | 'uri'>): Promise<readonly Remedy[]> {
  const { on, facts } = env.machine;
  const byHand = remedy('start-libvirt', on, facts);
  if (!isLocalSystem(env.uri) || (await startCommands(env)) === undefined) return byHand;
  return withFix(byHand, 'start-libvirt');
}

/** Starts the daemon of qemu:///system, which need not be the connection that is used. */
async function startLibvirt(env: CheckEnvironment, signal: AbortSignal): Promise<void> {
  const virsh = isLocalSystem(env.uri) ? env.virsh : env.virshFor(systemUri);
  const said: string[] = [];
  for (const command of (await startCommands(env)) ?? []) {
    // One that runs already refuses to be started again: what counts is whether it answers.
    const result = await env.machine.run(command, signal);
    if (result.exitCode !== 0) said.push(result.stderr.trim() || `${command.join(' ')}: not found`);
  }
  const ask = async () => (await virsh.attempt(['uri'], { signal, timeoutMs: 20_000 })).fault;
  if ((await firstAnswer(ask, signal)) === 'no-daemon') {
    throw k3sVmError('DAEMON_NOT_RUNNING', { uri: virsh.uri }, said.join('\n') || undefined);
  }
}

/** One virsh command; `fine` are the faults that say it was done before. */
async function apply(
  virsh: Virsh,
  args: readonly string[],
  doing: string,
  signal: AbortSignal,
  fine: readonly VirshFault[] = [],
) {
  const { fault, stderr } = await virsh.attempt(args, { signal });
  if (fault !== undefined && !fine.includes(fault)) throw virshError(fault, stderr, virsh.uri, doing);
}

/** Starts it; a subnet that libvirt finds taken is told as such. */
async function start({ virsh }: Pick<CheckEnvironment, 'virsh'>, network: string, signal: AbortSignal): Promise<void> {
  if ((await bringUp(virsh, network, signal)) !== 'collision') return;
  const { gateway, prefix, own } = await lookAtNetwork(virsh, network, signal);
  const other = 'another network of the host';
  throw k3sVmError('NETWORK_COLLISION', { network, subnet: subnetOf(gateway, prefix), other, uri: virsh.uri, own });
}

/**
 * libvirt's own default network, on another subnet if the host uses its. libvirt chooses a bridge name that is free.
 * Without STP, which has a guest wait for 4 s until anything passes and prevents loops that there cannot be.
 * https://libvirt.org/formatnetwork.html
 *
 * @returns undefined when the host uses every subnet we know of
 */
function defaultNetworkXml(routes: readonly Route[]): string | undefined {
  const net = freeSubnet(routes);
  if (net === undefined) return undefined;
  return (
    `<network><name>default</name><forward mode='nat'/><bridge stp='off' delay='0'/>` +
    `<ip address='${net}.1' netmask='255.255.255.0'><dhcp><range start='${net}.2' end='${net}.254'/></dhcp></ip></network>`
  );
}

async function defineDefaultNetwork(env: CheckEnvironment, signal: AbortSignal): Promise<void> {
  const { virsh, machine, remote } = env;
  const xml = defaultNetworkXml(remote ? [] : await machine.routes(signal));
  if (xml === undefined) {
    throw k3sVmError('NETWORK_COLLISION', {
      network: 'default',
      subnet: '192.168.122.0/24',
      other: 'routes of this host',
      uri: virsh.uri,
    });
  }
  // One that somebody defined meanwhile must not be redefined.
  const known = await virsh.expect(['no-network'], ['net-dumpxml', 'default'], { signal });
  if (known === undefined) {
    await withTempFile(xml, (path) =>
      apply(virsh, ['net-define', path], 'define the network', signal, ['already-there']),
    );
  }
  await start(env, 'default', signal);
}

/**
 * Turns off STP on a network that no VM uses: see defaultNetworkXml. Everything else about it stays.
 *
 * A Linux bridge with STP keeps a new port closed for twice its forward delay, which cannot be less than 2 s then,
 * whatever `delay` says: br_stp_start() in the kernel's net/bridge/br_stp_if.c.
 */
async function turnOffStp({ virsh }: CheckEnvironment, network: string, signal: AbortSignal): Promise<void> {
  const doing = 'inspect the network';
  const text = await virsh.run(['net-dumpxml', network, '--inactive'], { signal, doing });
  const xml = text.replace(/(<bridge\b[^>]*\bstp=)(['"])on\2/, '$1$2off$2');
  await withTempFile(xml, (path) => apply(virsh, ['net-define', path], 'redefine the network', signal));
  // A VM may have come meanwhile: it keeps its network, and the next start of the network does the rest
  if ((await lookAtNetwork(virsh, network, signal)).connections > 0) return;
  await apply(virsh, ['net-destroy', network], 'stop the network', signal, ['network-inactive']);
  await apply(virsh, ['net-start', network], 'start the network', signal, ['network-active']);
}

/** Subnets that k3s-vm's own network may have here, best first. See freeNets. */
export async function netsFor(
  { virsh, machine, remote }: Pick<CheckEnvironment, 'virsh' | 'machine' | 'remote'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  // Another machine's routes are not ours to see: there, libvirt refuses a subnet that is taken
  const [routes, taken] = await Promise.all([remote ? [] : machine.routes(signal), networkSubnets(virsh, signal)]);
  return freeNets(routes, taken);
}

/**
 * Gives k3s-vm's own network a free subnet; everything else about it stays. VMs take an address there when they start next.
 * Only while no VM is on it: a running one would lose its network.
 */
async function moveNetwork(env: CheckEnvironment, signal: AbortSignal): Promise<void> {
  const { virsh, exclusively } = env;
  await exclusively(async () => {
    const doing = 'inspect the network';
    const text = await virsh.run(['net-dumpxml', ownNetworkName, '--inactive'], { signal, doing });
    const { connections, gateway, prefix } = await lookAtNetwork(virsh, ownNetworkName, signal);
    // One may have been started since the doctor looked
    if (connections > 0) throw k3sVmError('NETWORK_IN_USE', { network: ownNetworkName, connections });
    const [net] = await netsFor(env, signal);
    if (net === undefined) {
      const parts = { network: ownNetworkName, subnet: subnetOf(gateway, prefix), other: 'routes of this host' };
      throw k3sVmError('NETWORK_COLLISION', { ...parts, uri: virsh.uri, own: true });
    }
    await apply(virsh, ['net-destroy', ownNetworkName], 'stop the network', signal, ['network-inactive']);
    await withTempFile(movedNetworkXml(text, net), (path) =>
      apply(virsh, ['net-define', path], 'redefine the network', signal),
    );
    await start({ virsh }, ownNetworkName, signal);
  });
}

/** The definition of a network on another /24 subnet. Reservations elsewhere go: each VM makes its own at its next start. */
export function movedNetworkXml(text: string, net: string): string {
  const subnet = { gateway: `${net}.1`, prefix: 24 };
  return text
    .replace(/(<ip\b[^>]*\baddress=)(['"])[^'"]*\2/, `$1$2${net}.1$2`)
    .replace(/(<ip\b[^>]*\bnetmask=)(['"])[^'"]*\2/, '$1$2255.255.255.0$2')
    .replace(/<range\b[^>]*\/>/, `<range start='${net}.2' end='${net}.254'/>`)
    .replace(/\s*<host\b[^>]*\bip=(['"])([^'"]*)\1[^>]*\/>/g, (host, _quote, ip: string) =>
      inSubnet(ip, subnet) ? host : '',
    );
}

async function startPool({ virsh, config }: CheckEnvironment, signal: AbortSignal): Promise<void> {
  await apply(virsh, ['pool-start', config.pool], 'start the storage pool', signal, ['pool-active']);
  await apply(virsh, ['pool-autostart', config.pool], 'set the storage pool to start at boot', signal);
}

/** How this machine is fixed. */
export interface HostFix {
  readonly run: (env: CheckEnvironment, signal: AbortSignal) => Promise<void>;
  /**
   * What setup says when it did this itself instead of stopping, e.g. `started the network "default"`. Left out where a user
   * should decide: what needs more rights than setup has, or changes more than the VM needs.
   */
  readonly bySetup?: (env: CheckEnvironment) => Promise<string>;
}

/** Every fix that a remedy may name. */
export const hostFixes: { readonly [id in HostFixId]: HostFix } = {
  'start-libvirt': { run: startLibvirt },
  'start-network': {
    run: async (env, signal) => start(env, await env.network(), signal),
    bySetup: async (env) => `started the network "${await env.network()}", now and at every boot`,
  },
  'autostart-network': {
    run: async (env, signal) =>
      apply(env.virsh, ['net-autostart', await env.network()], 'set the network to start at boot', signal),
  },
  'define-default-network': {
    run: defineDefaultNetwork,
    bySetup: () => Promise.resolve('defined and started the network "default"'),
  },
  'turn-off-stp': { run: async (env, signal) => turnOffStp(env, await env.network(), signal) },
  'move-network': { run: moveNetwork },
  'start-pool': { run: startPool },
};
