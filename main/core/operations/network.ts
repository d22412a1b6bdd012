/**
 * The network of a VM on qemu:///system: there when it is needed, and the VM's address in it.
 */
import type { HealthCheck } from '../cluster';
import { k3sVmError, type Remedy } from '../errors';
import { iso9660 } from '../guest/iso9660';
import { addressSeedFiles } from '../guest/seed';
import { firewallRemedy, lookAtFirewall } from '../host/firewall';
import { netsFor } from '../host/fixes';
import { thisMachine, type Machine } from '../host/machine';
import { collisions, subnetOf } from '../host/subnets';
import { isRemote } from '../libvirt/uri';
import { setMetadata, type DomainRef } from '../libvirt/domains';
import type { VmMetadata } from '../libvirt/metadata';
import { inSubnet, lookAtNetwork, macFor, parseNetwork, reserveAddress, type NetworkFacts } from '../libvirt/networks';
import { ensureOwnNetwork, networkNameOf, ownNetworkName, ownNetworkXml, startNetwork } from '../libvirt/own-network';
import { classifyFault, virshError } from '../libvirt/virsh';
import type { OperationName, WorkContext } from '../progress';
import { withTempFile } from '../files/temp-file';
import type { Environment } from './environment';
import type { DefinedVm } from './bring-up/guest';
import { withConnectionLock } from './locks';
import { replaceSeed } from './own-volumes';

const freeNetsOf =
  ({ virsh, uri }: Environment, signal: AbortSignal, machine: Machine, first?: string) =>
  async (): Promise<readonly string[]> => {
    const free = await netsFor({ virsh, machine, remote: isRemote(uri) }, signal);
    return first !== undefined && free.includes(first) ? [first, ...free.filter((net) => net !== first)] : free;
  };

const startedNote = (network: string): string => `started the network "${network}", now and at every boot`;

const netOf = (address: string): string => address.slice(0, address.lastIndexOf('.'));

/**
 * The network for a VM that is about to be made; undefined on qemu:///session, which has none. k3s-vm's own is made where it
 * is not there yet. The caller holds the connection's lock.
 *
 * @returns its facts, and what was done, for people
 * @throws NETWORK_MISSING, NETWORK_UNSUITABLE, NETWORK_COLLISION, LIBVIRT
 */
export async function networkForNewVm(
  env: Environment,
  signal: AbortSignal,
  machine = thisMachine(),
): Promise<{ readonly facts: NetworkFacts; readonly note?: string } | undefined> {
  const { virsh, session, config } = env;
  if (session) return undefined;
  const name = networkNameOf(config.network);
  if (config.network !== 'auto') return { facts: await lookAtNetwork(virsh, name, signal) };
  const { facts, made } = await ensureOwnNetwork(virsh, freeNetsOf(env, signal, machine), signal);
  const where = `${subnetOf(facts.gateway, facts.prefix)} on ${facts.bridge ?? 'a bridge'}`;
  return { facts, ...(made ? { note: `on a network of its own, "${name}" (${where})` } : {}) };
}

/** The network that a setup would use, whether it is there or not. Looks, and changes nothing. */
export async function plannedNetwork(
  env: Environment,
  signal: AbortSignal,
  machine = thisMachine(),
): Promise<NetworkFacts | undefined> {
  const { virsh, session, config } = env;
  if (session) return undefined;
  const name = networkNameOf(config.network);
  const known = await virsh.expect(['no-network'], ['net-dumpxml', name], { signal });
  if (known !== undefined) return parseNetwork(known);
  const [net] = config.network === 'auto' ? await freeNetsOf(env, signal, machine)() : [];
  if (net === undefined) throw k3sVmError('NETWORK_MISSING', { network: name });
  return parseNetwork(ownNetworkXml(net));
}

/**
 * Makes a VM's network ready for its start: makes k3s-vm's own again where somebody removed it, starts one that is not
 * active, and gives a VM whose network moved to another subnet an address there.
 *
 * @param options.resumes the VM is suspended and resumes with the address it had
 * @returns its metadata, and what was done, for people
 * @throws ADDRESS_STRANDED, NETWORK_COLLISION, NETWORK_MISSING, LIBVIRT
 */
export async function prepareNetwork(
  env: Environment,
  { domain, metadata }: DefinedVm,
  operation: OperationName,
  options: { readonly resumes: boolean },
  work: WorkContext,
  machine = thisMachine(),
): Promise<{ readonly metadata: VmMetadata; readonly notes: readonly string[] }> {
  const { virsh, uri } = env;
  const { signal } = work;
  const { network, address } = metadata;
  if (env.session || network === undefined) return { metadata, notes: [] };
  const { outputs, stderr } = await virsh.batch(
    [
      ['net-dumpxml', network],
      ['net-info', network],
    ],
    { signal, doing: 'inspect the network' },
  );
  const [xml = '', info = ''] = outputs;
  const isThere = xml !== '';
  const fault = classifyFault(stderr);
  if (!isThere && (network !== ownNetworkName || fault !== 'no-network')) {
    throw virshError(fault, stderr, uri, 'inspect the network');
  }
  const isActive = /^Active:\s+yes/m.test(info);
  if (isThere && isActive && inSubnet(address, parseNetwork(xml))) return { metadata, notes: [] };

  return withConnectionLock(uri, operation, work, async () => {
    const notes: string[] = [];
    if (network === ownNetworkName) {
      const { made, started } = await ensureOwnNetwork(virsh, freeNetsOf(env, signal, machine, netOf(address)), signal);
      if (made) notes.push(`created its network "${network}" again`);
      else if (started) notes.push(startedNote(network));
    } else {
      const start = await startNetwork(virsh, network, signal);
      if (start === 'started') notes.push(startedNote(network));
      if (start === 'collision') {
        const { gateway, prefix } = await lookAtNetwork(virsh, network, signal);
        const parts = { network, subnet: subnetOf(gateway, prefix), other: 'another network of the host' };
        throw k3sVmError('NETWORK_COLLISION', { ...parts, uri });
      }
    }
    const facts = await lookAtNetwork(virsh, network, signal);
    if (inSubnet(address, facts)) {
      // A network that was made again knows nothing of its VMs
      const kept = await reserveAddress(virsh, network, env.config.name, signal, address);
      if (kept === address) return { metadata, notes };
    }
    const moved = await readdress(env, domain, metadata, facts, options.resumes, signal);
    return { metadata: moved, notes: [...notes, `its address is now ${moved.address}`] };
  });
}

/** Gives a VM that is off an address in its network's subnet; its guest takes it from the seed when it boots. */
async function readdress(
  env: Environment,
  domain: DomainRef,
  metadata: VmMetadata,
  facts: NetworkFacts,
  resumes: boolean,
  signal: AbortSignal,
): Promise<VmMetadata> {
  const { virsh, uri, config } = env;
  const { name } = config;
  if (resumes || metadata.readsSeed === undefined || metadata.phase !== 'provisioned') {
    const { name: network, gateway, prefix } = facts;
    const subnet = subnetOf(gateway, prefix);
    throw k3sVmError('ADDRESS_STRANDED', { name, address: metadata.address, network, subnet, uri, suspended: resumes });
  }
  const address = await reserveAddress(virsh, facts.name, name, signal);
  const files = addressSeedFiles({
    mac: macFor(name),
    address: { ip: address, prefix: facts.prefix, gateway: facts.gateway },
  });
  const image = iso9660(
    'cidata',
    Object.entries(files).map(([file, content]) => ({ name: file, content })),
  );
  await withTempFile(image.stream(), (path) => replaceSeed(virsh, metadata.pool, name, path, signal));
  // Last: as long as it names the old address, the next start does all of this again
  const next = { ...metadata, address };
  await setMetadata(virsh, domain, next, false, signal);
  return next;
}

/** What lets a VM ask this host for names, where it is seen that it cannot. */
export async function firewallFix(
  env: Environment,
  metadata: VmMetadata,
  signal: AbortSignal,
  machine = thisMachine(),
): Promise<Remedy | undefined> {
  if (metadata.network === undefined || isRemote(env.uri)) return undefined;
  const { bridge, gateway, prefix } = await lookAtNetwork(env.virsh, metadata.network, signal);
  if (bridge === undefined) return undefined;
  const { firewall, blocked = [] } = await lookAtFirewall(
    machine,
    { bridge, subnet: subnetOf(gateway, prefix) },
    signal,
  );
  return firewallRemedy(firewall, bridge, blocked, machine)[0];
}

/**
 * Why a running VM cannot be reached, where it is its network: gone, not active, on another subnet than the VM, or below a route
 * that takes its traffic.
 *
 * @returns undefined where the network is not to blame
 */
export async function networkTrouble(
  env: Environment,
  metadata: VmMetadata,
  signal?: AbortSignal,
  machine = thisMachine(),
): Promise<HealthCheck | undefined> {
  const { virsh } = env;
  const { network, address } = metadata;
  if (network === undefined) return undefined;
  const failed = (detail: string, diagnosis: string, fix: Remedy): HealthCheck => ({
    id: 'network',
    title: 'Network',
    state: 'failed',
    detail,
    diagnosis,
    fix,
  });
  const restart: Remedy = { text: 'Restart the VM to fix this:', command: 'k3s-vm restart' };
  const xml = await virsh.expect(['no-network'], ['net-dumpxml', network], { signal });
  if (xml === undefined) return failed(`"${network}" is gone`, 'It was removed while the VM was running.', restart);
  const facts = parseNetwork(xml);
  const subnet = subnetOf(facts.gateway, facts.prefix);
  if (!inSubnet(address, facts)) {
    const why = 'The subnet of the network changed while the VM was running.';
    return failed(`${address} is not in ${subnet}, the subnet of "${network}"`, why, restart);
  }
  const [taken] = isRemote(env.uri) ? [] : collisions(subnet, await machine.routes(signal), facts.bridge);
  if (taken?.blocks !== true) return undefined;
  const detail = `the route to ${taken.route.subnet} through ${taken.route.device} takes the traffic of ${subnet}`;
  const move: Remedy = {
    text: 'Move the network to a free subnet:',
    command: 'k3s-vm stop && k3s-vm doctor --fix && k3s-vm start',
  };
  const look: Remedy = { text: 'See what you can do:', command: 'k3s-vm doctor' };
  return failed(detail, 'Most likely a VPN that was started after the network.', facts.own ? move : look);
}
