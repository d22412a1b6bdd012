/**
 * What `doctor --fix` does. Each is safe, asks nothing of the user (sudo only where it needs no password), and does no
 * harm when it is done twice.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { k3sVmError } from '../errors';
import { lookAtNetwork } from '../libvirt/networks';
import { virshError, type Virsh, type VirshFault } from '../libvirt/virsh';
import { withTempFile } from '../temp-file';
import type { CheckEnvironment, Fix } from './check';
import { daemonUnits, unitsInstalled } from './daemon-units';
import { freeSubnet, type Route } from './subnets';

/** The commands that start libvirt; undefined where we know of none. */
async function startCommands({ machine }: CheckEnvironment): Promise<readonly (readonly string[])[] | undefined> {
  const { facts, on } = machine;
  const sudo = facts.root ? [] : ['sudo', '-n'];
  if (facts.systemd) {
    // NixOS makes its units outside the folders we look in, and enables them by configuration alone.
    if (on.id === 'nixos') return [[...sudo, 'systemctl', 'start', 'libvirtd.service']];
    const units = daemonUnits(on, facts);
    return unitsInstalled(on, facts) ? [[...sudo, 'systemctl', 'enable', '--now', ...units]] : undefined;
  }
  if (facts.openrc) return [[...sudo, 'rc-service', 'libvirtd', 'start']];
  const [libvirtd, virtlogd] = await Promise.all(
    ['libvirtd', 'virtlogd'].map((name) => machine.find([name, `/usr/sbin/${name}`, `/sbin/${name}`])),
  );
  if (libvirtd === undefined) return undefined;
  return [...(virtlogd === undefined ? [] : [[...sudo, virtlogd, '-d']]), [...sudo, libvirtd, '-d']];
}

/** Starts the daemon of qemu:///system; undefined where that cannot be done. */
export async function startDaemon(env: CheckEnvironment): Promise<Fix | undefined> {
  // A daemon on a socket of its own, or one started by virsh itself (session), is not the system's.
  if (!/^qemu(\+unix)?:\/\/\/system$/.test(env.uri)) return undefined;
  const commands = await startCommands(env);
  if (commands === undefined) return undefined;
  return {
    title: 'Start libvirt',
    async run(signal) {
      const said: string[] = [];
      for (const command of commands) {
        // One that runs already refuses to be started again: what counts is whether it answers.
        const result = await env.machine.run(command, signal);
        if (result.exitCode !== 0) said.push(result.stderr.trim() || `${command.join(' ')}: not found`);
      }
      if (!(await answers(env.virsh, signal)))
        throw k3sVmError('DAEMON_NOT_RUNNING', { uri: env.uri }, said.join('\n') || undefined);
    },
  };
}

async function answers(virsh: Virsh, signal: AbortSignal): Promise<boolean> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const { fault } = await virsh.attempt(['uri'], { signal, timeoutMs: 20_000 });
    // Being refused is an answer, too: then it is the group that is wrong.
    if (fault !== 'no-daemon') return true;
    // The caller's reason, not node's own error.
    await sleep(250, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
  return false;
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

async function bringUp(virsh: Virsh, network: string, signal: AbortSignal): Promise<void> {
  await apply(virsh, ['net-start', network], 'start the network', signal, ['network-active']);
  await apply(virsh, ['net-autostart', network], 'have the network started at boot', signal);
}

export const startNetwork = ({ virsh, config }: CheckEnvironment): Fix => ({
  title: `Start the network "${config.network}", now and at every boot`,
  run: (signal) => bringUp(virsh, config.network, signal),
});

export const autostartNetwork = ({ virsh, config }: CheckEnvironment): Fix => ({
  title: `Start the network "${config.network}" at every boot`,
  run: (signal) => apply(virsh, ['net-autostart', config.network], 'have the network started at boot', signal),
});

/**
 * libvirt's own default network, on another subnet if the host uses its. libvirt chooses a bridge name that is free.
 * Without STP, which has a guest wait for 4 s until anything passes and prevents loops that there cannot be.
 * https://libvirt.org/formatnetwork.html
 *
 * @returns undefined when the host uses every subnet we know of
 */
export function defaultNetworkXml(routes: readonly Route[]): string | undefined {
  const net = freeSubnet(routes);
  if (net === undefined) return undefined;
  return (
    `<network><name>default</name><forward mode='nat'/><bridge stp='off' delay='0'/>` +
    `<ip address='${net}.1' netmask='255.255.255.0'><dhcp><range start='${net}.2' end='${net}.254'/></dhcp></ip></network>`
  );
}

export const defineDefaultNetwork = ({ virsh, machine, remote }: CheckEnvironment): Fix => ({
  title: 'Define and start the network "default"',
  async run(signal) {
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
    await bringUp(virsh, 'default', signal);
  },
});

/**
 * Has a network that no VM is on go without STP: see defaultNetworkXml. Everything else about it stays.
 *
 * A Linux bridge with STP keeps a new port closed for twice its forward delay, which cannot be less than 2 s then,
 * whatever `delay` says: br_stp_start() in the kernel's net/bridge/br_stp_if.c.
 */
export const turnOffStp = ({ virsh, config }: CheckEnvironment): Fix => ({
  title: `Turn off STP on the network "${config.network}", for VMs to have it at once`,
  async run(signal) {
    const { network } = config;
    const doing = 'look at the network';
    const text = await virsh.run(['net-dumpxml', network, '--inactive'], { signal, doing });
    const xml = text.replace(/(<bridge\b[^>]*\bstp=)(['"])on\2/, '$1$2off$2');
    await withTempFile(xml, (path) => apply(virsh, ['net-define', path], 'redefine the network', signal));
    // A VM may have come meanwhile: it keeps its network, and the next start of the network does the rest
    if ((await lookAtNetwork(virsh, network, signal)).connections > 0) return;
    await apply(virsh, ['net-destroy', network], 'stop the network', signal, ['network-inactive']);
    await apply(virsh, ['net-start', network], 'start the network', signal, ['network-active']);
  },
});

export const startPool = ({ virsh, config }: CheckEnvironment): Fix => ({
  title: `Start the storage pool "${config.pool}", now and at every boot`,
  async run(signal) {
    await apply(virsh, ['pool-start', config.pool], 'start the storage pool', signal, ['pool-active']);
    await apply(virsh, ['pool-autostart', config.pool], 'have the storage pool started at boot', signal);
  },
});
