/**
 * The volumes of one VM alone: its system disk with the overlays above it, and its seed. They go with it, and no others.
 *
 * A VM is defined before its volumes are made (setup.ts), and never over volumes that are there already. So libvirt's
 * definition says which are its own at any moment, also after a setup that was killed.
 */
import { isK3sVmError, k3sVmError } from '../errors';
import type { DomainFacts } from '../libvirt/domain-xml';
import { undefineDomain, type DomainRef } from '../libvirt/domains';
import { poolUsage, unneeded, type PoolVolume } from '../libvirt/pool-usage';
import {
  createVolume,
  deleteVolume,
  uploadVolume,
  volumeNames,
  type Backing,
  type NewVolume,
} from '../libvirt/volumes';
import type { Virsh } from '../libvirt/virsh';
import { vmVolumes } from './environment';
import { isShared } from './storage';

/**
 * The VM's own among the volumes of its pool, uppermost first: from the disk that it writes to down to the one that setup
 * made, and its seed. Disks that somebody attached to it, and the backing images of its own disk, are not among them.
 */
export function ownVolumes(
  volumes: readonly PoolVolume[],
  { name, disks }: Pick<DomainFacts, 'name' | 'disks'>,
): readonly string[] {
  const { system, seed } = vmVolumes(name);
  const own = new Set<string>();
  for (let path = disks[0]; path !== undefined && !own.has(system);) {
    const volume = volumes.find((each) => each.path === path);
    if (volume === undefined || isShared(volume.name) || own.has(volume.name)) break;
    own.add(volume.name);
    path = volume.backing;
  }
  for (const { name: each } of volumes) if (each === system || each === seed) own.add(each);
  return [...own];
}

/**
 * Makes the volumes of a VM, which is defined over them already. Where one of the names was taken since requireFreeNames,
 * the definition goes: it would claim what is not this VM's.
 *
 * @param system the size of its disk, in bytes, and what that is an overlay on
 * @param withSeed gives the path of the seed's content
 * @returns the path of its disk on libvirt's host
 * @throws VOLUME_EXISTS, POOL_FULL, LIBVIRT
 */
export async function makeOwnVolumes(
  virsh: Virsh,
  pool: string,
  domain: DomainRef,
  system: Pick<NewVolume, 'capacity'> & { readonly backing: Backing },
  withSeed: (upload: (file: string) => Promise<string>) => Promise<string>,
  signal?: AbortSignal,
): Promise<string> {
  const names = vmVolumes(domain.name);
  let path: string | undefined;
  try {
    path = await createVolume(virsh, pool, { ...system, name: names.system, format: 'qcow2' }, signal);
    await withSeed((file) => uploadVolume(virsh, pool, names.seed, file, signal));
    return path;
  } catch (error) {
    if (isK3sVmError(error, 'VOLUME_EXISTS')) {
      if (path !== undefined) await deleteVolume(virsh, pool, names.system);
      await undefineDomain(virsh, domain);
    }
    throw error;
  }
}

/**
 * Gives a VM that is off another seed. Where this breaks off it may have none: whoever calls does it again.
 *
 * @param file path on this machine of its content
 * @throws POOL_FULL, LIBVIRT
 */
export async function replaceSeed(
  virsh: Virsh,
  pool: string,
  vm: string,
  file: string,
  signal?: AbortSignal,
): Promise<void> {
  const { seed } = vmVolumes(vm);
  await deleteVolume(virsh, pool, seed, signal);
  await uploadVolume(virsh, pool, seed, file, signal);
}

/**
 * Deletes a VM's own volumes, but for those that another domain or another volume needs.
 *
 * @returns names of those deleted, and of those that were kept
 */
export async function deleteOwnVolumes(
  virsh: Virsh,
  pool: string,
  vm: Pick<DomainFacts, 'name' | 'uuid' | 'disks'>,
  signal?: AbortSignal,
): Promise<{ readonly deleted: readonly string[]; readonly kept: readonly string[] }> {
  // Overlays that QEMU made are new to libvirt
  await virsh.attempt(['pool-refresh', pool], { signal });
  const usage = await poolUsage(virsh, pool, signal);
  const own = ownVolumes(usage.volumes, vm);
  const free = new Set(unneeded(usage, new Set(own), vm.uuid).map(({ name }) => name));
  const deleted = own.filter((name) => free.has(name));
  for (const name of deleted) await deleteVolume(virsh, pool, name, signal);
  return { deleted, kept: own.filter((name) => !free.has(name)) };
}

/**
 * Makes sure that no volume has a name that a new VM needs.
 *
 * @throws VOLUME_EXISTS
 */
export async function requireFreeNames(virsh: Virsh, pool: string, vm: string, signal?: AbortSignal): Promise<void> {
  const names = await volumeNames(virsh, pool, signal);
  const volume = Object.values(vmVolumes(vm)).find((name) => names.includes(name));
  if (volume !== undefined) throw k3sVmError('VOLUME_EXISTS', { volume, pool, uri: virsh.uri });
}
