/**
 * k3s-vm's own network: `network: auto`. A NAT network as libvirt's `default` is one, without its two drawbacks: no STP, which
 * keeps every VM off the network for 4 s after a start or resume, and a subnet that nothing on the host uses. It is made
 * with the first VM and removed with the last one.
 * https://libvirt.org/formatnetwork.html
 */
import { k3sVmError } from '../errors';
import { withTempFile } from '../files/temp-file';
import { domainUuids } from './domains';
import { lookAtNetwork, parseNetwork, type NetworkFacts } from './networks';
import { virshError, type Virsh, type VirshFault } from './virsh';
import { parseXml } from './xml';

export const ownNetworkName = 'k3s-vm';

/** Fixed, so that a firewall can have a rule for it; `virbr` as most rules and network managers know libvirt's bridges. */
export const ownBridge = 'virbr-k3svm';

/** The libvirt network that the setting `network` stands for. */
export const networkNameOf = (setting: string): string => (setting === 'auto' ? ownNetworkName : setting);

/**
 * The definition of the network, marked as ours (https://libvirt.org/formatnetwork.html#general-metadata). Without a UUID: libvirt refuses it when another user was quicker.
 *
 * @param net first three numbers of its /24 subnet, e.g. `192.168.150`
 */
export const ownNetworkXml = (net: string): string =>
  `<network><name>${ownNetworkName}</name>` +
  `<metadata><k3svm:network xmlns:k3svm='urn:k3s-vm:network:1' by='k3s-vm'/></metadata>` +
  `<forward mode='nat'/><bridge name='${ownBridge}' stp='off' delay='0'/>` +
  `<ip address='${net}.1' netmask='255.255.255.0'><dhcp><range start='${net}.2' end='${net}.254'/></dhcp></ip></network>`;

/** One virsh command; `fine` are the faults that say it was done before. */
async function apply(
  virsh: Virsh,
  args: readonly string[],
  doing: string,
  fine: readonly VirshFault[],
  signal?: AbortSignal,
): Promise<VirshFault | undefined> {
  const { fault, stderr } = await virsh.attempt(args, { signal });
  if (fault !== undefined && !fine.includes(fault)) throw virshError(fault, stderr, virsh.uri, doing);
  return fault;
}

/**
 * Starts a network, now and at every boot.
 *
 * @returns `collision` where libvirt finds its subnet in use on its host
 * @throws NETWORK_MISSING, LIBVIRT
 */
export async function startNetwork(
  virsh: Virsh,
  network: string,
  signal?: AbortSignal,
): Promise<'started' | 'active' | 'collision'> {
  const doing = `start the network "${network}"`;
  const fault = await apply(virsh, ['net-start', network], doing, ['network-active', 'network-collision'], signal);
  if (fault === 'network-collision') return 'collision';
  await apply(virsh, ['net-autostart', network], 'set the network to start at boot', [], signal);
  return fault === undefined ? 'started' : 'active';
}

/** The IPv4 subnets of all libvirt networks of a connection, active or not, as `192.168.122.1/24`. */
export async function networkSubnets(virsh: Virsh, signal?: AbortSignal): Promise<readonly string[]> {
  const text = await virsh.run(['net-list', '--all', '--name'], { signal, doing: 'list the networks' });
  const names = text.split('\n').flatMap((line) => line.trim() || []);
  const subnets = await Promise.all(
    names.map(async (name) => {
      // One without a subnet of its own (a bridge of the host's), or removed meanwhile, takes none
      const xml = await virsh.expect(['no-network'], ['net-dumpxml', name], { signal });
      try {
        const { gateway, prefix } = parseNetwork(xml ?? '');
        return [`${gateway}/${prefix}`];
      } catch {
        return [];
      }
    }),
  );
  return subnets.flat();
}

/**
 * Makes sure that the network is there and active. Everything in it is safe to do twice, and side by side with another
 * user's setup. The caller holds the connection's lock.
 *
 * @param freeNets subnets to choose from, best first, each by its first three numbers; asked only when there is no network yet
 * @returns its facts, and whether it was made or started now
 * @throws NETWORK_COLLISION when the host uses every subnet, or that of the network that is there; LIBVIRT
 */
export async function ensureOwnNetwork(
  virsh: Virsh,
  freeNets: () => Promise<readonly string[]>,
  signal?: AbortSignal,
): Promise<{ readonly facts: NetworkFacts; readonly made: boolean; readonly started: boolean }> {
  const known = await virsh.expect(['no-network'], ['net-dumpxml', ownNetworkName], { signal });
  if (known !== undefined) {
    const start = await startNetwork(virsh, ownNetworkName, signal);
    const facts = await lookAtNetwork(virsh, ownNetworkName, signal);
    if (start === 'collision') throw collision(virsh, `${facts.gateway}/${facts.prefix}`);
    return { facts, made: false, started: start === 'started' };
  }
  // libvirt, which may run on another machine, sees what we do not
  for (const net of (await freeNets()).slice(0, 8)) {
    const defined = await withTempFile(ownNetworkXml(net), (path) =>
      apply(virsh, ['net-define', path], 'define the network', ['already-there'], signal),
    );
    if ((await startNetwork(virsh, ownNetworkName, signal)) !== 'collision') {
      const facts = await lookAtNetwork(virsh, ownNetworkName, signal);
      return { facts, made: defined === undefined, started: true };
    }
    if (defined === undefined)
      await apply(virsh, ['net-undefine', ownNetworkName], 'remove the network', ['no-network']);
  }
  throw collision(virsh, 'every subnet that k3s-vm knows of');
}

const collision = (virsh: Virsh, subnet: string): Error =>
  k3sVmError('NETWORK_COLLISION', { network: ownNetworkName, subnet, other: 'routes of the host', uri: virsh.uri });

/** UUIDs of the domains, running or not, ours or not, whose definition names a network. */
async function domainsOn(virsh: Virsh, network: string, signal?: AbortSignal): Promise<readonly string[]> {
  const uuids = await domainUuids(virsh, signal);
  const found = await Promise.all(
    uuids.map(async (uuid) => {
      const texts = await Promise.all([
        virsh.expect(['no-domain'], ['dumpxml', uuid], { signal }),
        virsh.expect(['no-domain'], ['dumpxml', uuid, '--inactive'], { signal }),
      ]);
      return texts.some((text) => text !== undefined && namesNetwork(text, network)) ? [uuid] : [];
    }),
  );
  return found.flat();
}

const namesNetwork = (domain: string, network: string): boolean =>
  (parseXml(domain, 'domain').at('devices')?.all('interface') ?? []).some(
    (nic) => nic.at('source')?.attributes.network === network,
  );

/**
 * Removes the network when nothing is on it: no running guest, no domain whose definition names it, no address reserved for one
 * that is being made. One that k3s-vm did not make is left alone. The caller holds the connection's lock.
 *
 * @returns whether it was removed
 */
export async function removeOwnNetwork(virsh: Virsh, signal?: AbortSignal): Promise<boolean> {
  const text = await virsh.expect(['no-network'], ['net-dumpxml', ownNetworkName], { signal });
  if (text === undefined) return false;
  const isFree = ({ own, reservations, connections }: NetworkFacts): boolean =>
    own && reservations.length === 0 && connections === 0;
  if (!isFree(parseNetwork(text)) || (await domainsOn(virsh, ownNetworkName, signal)).length > 0) return false;
  // Another user may have come meanwhile
  if (!isFree(await lookAtNetwork(virsh, ownNetworkName, signal))) return false;
  const doing = 'remove the network';
  await apply(virsh, ['net-destroy', ownNetworkName], doing, ['network-inactive', 'no-network'], signal);
  await apply(virsh, ['net-undefine', ownNetworkName], doing, ['no-network'], signal);
  return true;
}
