/**
 * What there is on this machine, asked of virsh and the file system and never of our own code: the leak check.
 */
import { execa } from 'execa';
import { readdir } from 'node:fs/promises';

/** Runs virsh. @returns its stdout; throws when it fails */
export async function virsh(args: readonly string[], uri = 'qemu:///system'): Promise<string> {
  const { stdout } = await execa('virsh', ['--quiet', '--connect', uri, ...args], { env: { LC_ALL: 'C.UTF-8' } });
  return stdout;
}

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim().split(/\s+/)[0] ?? '')
    .filter(Boolean)
    .sort();

export interface HostState {
  readonly domains: readonly string[];
  readonly volumes: readonly string[];
  readonly pools: readonly string[];
  readonly networks: readonly string[];
  readonly reservations: readonly string[];
  readonly leases: readonly string[];
  readonly logs: readonly string[];
}

/** A picture of everything a VM could leave behind under qemu:///system. */
export async function hostState(pool = 'default'): Promise<HostState> {
  await virsh(['pool-refresh', pool]);
  const networks = lines(await virsh(['net-list', '--all', '--name']));
  const onNetworks = async (command: string): Promise<string> =>
    (await Promise.all(networks.map((name) => virsh([command, name]).catch(() => '')))).join('\n');
  return {
    domains: lines(await virsh(['list', '--all', '--name'])),
    volumes: lines(await virsh(['vol-list', pool])),
    pools: lines(await virsh(['pool-list', '--all', '--name'])),
    networks,
    reservations: [...(await onNetworks('net-dumpxml')).matchAll(/<host [^>]*>/g)].map(([host]) => host).sort(),
    leases: [...(await onNetworks('net-dhcp-leases')).matchAll(/([0-9a-f]{2}:){5}[0-9a-f]{2}/g)].map(([mac]) => mac),
    logs: (await readdir('/var/log/libvirt/qemu').catch(() => [])).sort(),
  };
}
