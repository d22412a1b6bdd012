/**
 * Whether a firewall of this host keeps VMs from its DNS server, or from the internet.
 */
import { isK3sVmError } from '../../errors';
import { lookAtNetwork, type NetworkFacts } from '../../libvirt/networks';
import { ownBridge, ownNetworkName } from '../../libvirt/own-network';
import { ok, warning, type Check, type CheckEnvironment } from '../check';
import { firewallRemedy, lookAtFirewall, type Direction } from '../firewall';
import { subnetOf } from '../subnets';
import { parseNetworkInfo } from './network';

const consequence: Readonly<Record<Direction, string>> = {
  input: 'to this host (such as DNS queries)',
  forward: 'to other machines',
};

export const firewallCheck: Check = {
  id: 'firewall',
  title: 'Firewall',
  async run(env, signal) {
    const { machine } = env;
    const network = await networkOf(env, signal);
    if (network?.bridge === undefined) return ok('not checked: there is no bridge');
    const { bridge } = network;
    const { firewall, blocked } = await lookAtFirewall(machine, { bridge, subnet: network.subnet }, signal);
    // Where libvirt has its rules among iptables', they come with the network
    const sure = blocked?.filter(({ table }) => network.active || table !== 'ip filter');
    if (sure === undefined) {
      const mayBlock = firewall === 'nixos' || firewall === 'ufw';
      const hints = mayBlock ? firewallRemedy(firewall, bridge, [], machine) : [];
      return ok(
        `only root can read its rules${mayBlock ? '; if VMs cannot resolve names, let them through' : ''}`,
        hints,
      );
    }
    const [first] = sure;
    if (first === undefined) return ok(`lets VMs on ${bridge} through`);
    const what = [...new Set(sure.map(({ direction }) => consequence[direction]))].join(' and ');
    return warning(
      `${first.table} drops what a VM on ${bridge} sends ${what}`,
      firewallRemedy(firewall, bridge, sure, machine),
    );
  },
};

async function networkOf({ virsh, network }: CheckEnvironment, signal: AbortSignal) {
  const name = await network();
  let facts: NetworkFacts;
  try {
    facts = await lookAtNetwork(virsh, name, signal);
  } catch (error) {
    if (!isK3sVmError(error, 'NETWORK_MISSING')) throw error;
    // Its bridge is known before it is there; 0.0.0.0/32 is in nobody's rule
    return name === ownNetworkName ? { bridge: ownBridge, subnet: '0.0.0.0/32', active: false } : undefined;
  }
  const { active } = parseNetworkInfo(await virsh.run(['net-info', name], { signal }));
  return { bridge: facts.bridge, subnet: subnetOf(facts.gateway, facts.prefix), active };
}
