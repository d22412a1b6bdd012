/**
 * The libvirt network of qemu:///system.
 */
import { isK3sVmError, k3sVmError } from '../../errors';
import { operand, sh } from '../../shell-quote';
import { lookAtNetwork } from '../../libvirt/networks';
import { failed, ok, warning, type Check, type CheckEnvironment } from '../check';
import { autostartNetwork, defineDefaultNetwork, startNetwork, turnOffStp } from '../fixes';
import { collisions, subnetOf } from '../subnets';

/** What `net-info` says, as it prints it: `Active:         yes`. */
export function parseNetworkInfo(text: string): { readonly active: boolean; readonly autostart: boolean } {
  return { active: /^Active:\s+yes\s*$/m.test(text), autostart: /^Autostart:\s+yes\s*$/m.test(text) };
}

export const networkCheck: Check = {
  id: 'network',
  title: 'Network',
  async run(env, signal) {
    const { config, virsh } = env;
    const name = config.network;
    let facts: Awaited<ReturnType<typeof lookAtNetwork>>;
    try {
      facts = await lookAtNetwork(virsh, name, signal);
    } catch (error) {
      if (!isK3sVmError(error, 'NETWORK_MISSING')) throw error;
      return failed(error, { fix: name === 'default' ? defineDefaultNetwork(env) : undefined });
    }
    const subnet = subnetOf(facts.gateway, facts.prefix);
    const { active, autostart } = parseNetworkInfo(await virsh.run(['net-info', name], { signal }));
    const where = `"${name}", ${subnet}${facts.bridge === undefined ? '' : ` on ${facts.bridge}`}`;

    const clash = await firstCollision(env, subnet, facts.bridge, signal);
    if (clash?.blocks === true) return failed(clash.error);
    if (!active) {
      return failed(k3sVmError('NETWORK_INACTIVE', { network: name, uri: virsh.uri }), { fix: startNetwork(env) });
    }
    if (clash !== undefined) {
      const detail = `${where}, is active, but covers a part of ${clash.other}: what is there cannot be reached from this host`;
      return warning(detail, clash.error.hints);
    }
    if (!autostart) {
      return warning(
        `${where}, is active, but will not be after the next boot`,
        [{ text: 'Start it at every boot:', command: sh`virsh -c ${virsh.uri} net-autostart ${operand(name)}` }],
        autostartNetwork(env),
      );
    }
    if (!facts.stp) return ok(`${where}, is active`);
    // libvirt reads it when it makes the bridge, and guests lose a bridge that is made anew
    const free = facts.connections === 0;
    const when = free ? '' : ' (to be turned off while no VM is on it)';
    return {
      ...ok(`${where}, is active; its STP has every VM wait 4 s for the network${when}`),
      ...(free ? { fix: turnOffStp(env) } : {}),
    };
  },
};

async function firstCollision(env: CheckEnvironment, subnet: string, bridge: string | undefined, signal: AbortSignal) {
  // Another machine's routes are not ours to see.
  if (env.remote) return undefined;
  const [found] = collisions(subnet, await env.machine.routes(signal), bridge);
  if (found === undefined) return undefined;
  const other = `the route to ${found.route.subnet} through ${found.route.device}`;
  const { network } = env.config;
  return {
    other,
    blocks: found.blocks,
    error: k3sVmError('NETWORK_COLLISION', { network, subnet, other, uri: env.virsh.uri }),
  };
}
