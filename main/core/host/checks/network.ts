/**
 * The libvirt network of qemu:///system.
 */
import { isK3sVmError, k3sVmError, run } from '../../errors';
import { operand, sh } from '../../shell-quote';
import { lookAtNetwork, type NetworkFacts } from '../../libvirt/networks';
import { ownBridge, ownNetworkName } from '../../libvirt/own-network';
import { failed, ok, warning, type Check, type CheckEnvironment, type Finding } from '../check';
import { netsFor } from '../fixes';
import { collisions, subnetOf } from '../subnets';

/** What `net-info` says, as it prints it: `Active:         yes`. */
export function parseNetworkInfo(text: string): { readonly active: boolean; readonly autostart: boolean } {
  return { active: /^Active:\s+yes\s*$/m.test(text), autostart: /^Autostart:\s+yes\s*$/m.test(text) };
}

export const networkCheck: Check = {
  id: 'network',
  title: 'Network',
  async run(env, signal) {
    const { virsh } = env;
    const name = await env.network();
    const isOwn = name === ownNetworkName;
    let facts: NetworkFacts;
    try {
      facts = await lookAtNetwork(virsh, name, signal);
    } catch (error) {
      if (!isK3sVmError(error, 'NETWORK_MISSING')) throw error;
      if (isOwn) return notMadeYet(env, signal);
      return failed(error);
    }
    const subnet = subnetOf(facts.gateway, facts.prefix);
    const { active, autostart } = parseNetworkInfo(await virsh.run(['net-info', name], { signal }));
    const where = `"${name}", ${subnet}${facts.bridge === undefined ? '' : ` on ${facts.bridge}`}`;

    const clash = await firstCollision(env, facts, signal);
    if (clash?.blocks === true) {
      const [net] = facts.own && facts.connections === 0 ? await netsFor(env, signal) : [];
      return failed(clash.error(net));
    }
    if (!active) {
      return failed(k3sVmError('NETWORK_INACTIVE', { network: name, uri: virsh.uri }));
    }
    if (clash !== undefined) {
      const detail = `${where}, is active, but overlaps ${clash.other}: addresses in the overlap cannot be reached from this host`;
      return warning(detail, clash.error().hints);
    }
    if (!autostart) {
      return warning(`${where}, is active, but will not be after the next boot`, [
        run(
          sh`virsh -c ${virsh.uri} net-autostart ${operand(name)}`,
          `Start the network "${name}" at every boot:`,
          'autostart-network',
        ),
      ]);
    }
    if (!facts.stp) return ok(`${where}, is active`);
    // libvirt reads this setting when it creates the bridge, and creating it again would cut off running guests
    const free = facts.connections === 0;
    const when = free ? '' : ' (it can be turned off while no VM uses the network)';
    return ok(
      `${where}, is active; its STP delays the network of every VM by 4 s${when}`,
      free
        ? [
            run(
              'k3s-vm doctor --fix',
              `Turn off STP on the network "${name}", so that VMs have network access at once:`,
              'turn-off-stp',
            ),
          ]
        : [],
    );
  },
};

/** k3s-vm's own network comes and goes with its VMs. */
async function notMadeYet(env: CheckEnvironment, signal: AbortSignal): Promise<Finding> {
  const [net] = await netsFor(env, signal);
  if (net === undefined) {
    const parts = { network: ownNetworkName, subnet: 'any that k3s-vm knows of', other: 'routes of this host' };
    return failed(k3sVmError('NETWORK_COLLISION', { ...parts, uri: env.virsh.uri, own: true }));
  }
  const what = `"${ownNetworkName}", ${net}.0/24 on ${ownBridge}`;
  if ((await env.vm()) === 'absent') return ok(`${what}, is created with the first VM`);
  return warning(`${what}, is missing; the next start of the VM creates it again`, [
    { text: 'Create it again:', command: 'k3s-vm restart' },
  ]);
}

async function firstCollision(env: CheckEnvironment, facts: NetworkFacts, signal: AbortSignal) {
  // Another machine's routes are not ours to see.
  if (env.remote) return undefined;
  const subnet = subnetOf(facts.gateway, facts.prefix);
  const [found] = collisions(subnet, await env.machine.routes(signal), facts.bridge);
  if (found === undefined) return undefined;
  const other = `the route to ${found.route.subnet} through ${found.route.device}`;
  const { name: network, own } = facts;
  return {
    other,
    blocks: found.blocks,
    /** @param net first three numbers of the subnet that the network can be moved to now */
    error: (net?: string) =>
      k3sVmError('NETWORK_COLLISION', {
        network,
        subnet,
        other,
        uri: env.virsh.uri,
        own,
        ...(net === undefined ? {} : { moveTo: `${net}.0/24` }),
      }),
  };
}
