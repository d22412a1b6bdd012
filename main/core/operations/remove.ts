/**
 * Removing a VM and everything that was made for it, and nothing else. Each part may be missing: what setup, a crash or
 * an earlier removal left is enough.
 */
import { deleteLogs } from '../libvirt/console';
import { destroyDomain, setMetadata, undefineDomain } from '../libvirt/domains';
import { releaseAddress } from '../libvirt/networks';
import { networkNameOf, ownNetworkName, removeOwnNetwork } from '../libvirt/own-network';
import type { WorkContext } from '../progress';
import { findVm, isRunning, type Environment } from './environment';
import { withConnectionLock } from './locks';
import { deleteOwnVolumes } from './own-volumes';
import { deleteUnusedSharedVolumes } from './storage';

/**
 * Removes the VM from libvirt. The domain goes last: as long as anything is left, `list` shows it and reset finds it.
 *
 * @param keepShared keep base image, payload and network for the VM that is made next; a golden image is kept in any case
 * @returns what was removed, for people
 */
export async function removeVm(env: Environment, keepShared: boolean, work: WorkContext): Promise<string[]> {
  const { name } = env.config;
  const { virsh } = env;
  const { signal, report } = work;
  const removed: string[] = [];
  const vm = await findVm(env, signal);
  const pool = vm?.metadata.pool ?? env.config.pool;
  const network = vm === undefined ? networkNameOf(env.config.network) : vm.metadata.network;

  if (vm !== undefined)
    await setMetadata(virsh, vm.facts, { ...vm.metadata, phase: 'removing' }, isRunning(vm), signal);
  // Side by side: libvirt takes a second or two to end QEMU, and half a second to let go of an address.
  const powerOff = async (): Promise<void> => {
    if (vm === undefined) return;
    report({ message: 'stopping it' });
    await destroyDomain(virsh, vm.facts, signal);
  };
  const release = async (): Promise<boolean> =>
    !env.session && network !== undefined && (await releaseAddress(virsh, network, name, signal));
  const [released] = await Promise.all([release(), powerOff()]);
  report({ message: 'deleting its volumes' });
  if (vm !== undefined) {
    const { deleted, kept } = await deleteOwnVolumes(virsh, pool, vm.facts, signal);
    removed.push(...deleted.map((volume) => `volume ${volume}`));
    if (kept.length > 0) report({ message: `kept ${kept.join(', ')}, which something else uses` });
  }
  if (released) removed.push(`address reservation in network ${network}`);
  if (vm !== undefined) {
    await undefineDomain(virsh, vm.facts, signal);
    removed.push(`VM ${name}`);
  }
  await withConnectionLock(env.uri, 'reset', work, async () => {
    const unneeded = keepShared ? 'unfinished' : 'all but golden';
    const shared = await deleteUnusedSharedVolumes(virsh, pool, unneeded, signal);
    removed.push(...shared.map((volume) => `volume ${volume}`));
    if (keepShared || env.session) return;
    if (await removeOwnNetwork(virsh, signal)) removed.push(`network ${ownNetworkName}`);
  });
  await deleteLogs(virsh, name, signal);
  return removed;
}
