/**
 * The volumes a VM stands on. Base images and payload disks are shared by all VMs of a pool and never change; a VM's own
 * are its system disk (a thin overlay) and its seed.
 *
 * An upload that broke off looks like a finished volume, so a shared volume counts only once its marker, a tiny volume
 * made after it, is there.
 */
import { ourDomains } from '../libvirt/domains';
import { createVolume, deleteVolume, uploadVolume, volumeNames, volumePath } from '../libvirt/volumes';
import type { Virsh } from '../libvirt/virsh';
import { vmVolumes } from './environment';

const sharedPrefixes = ['k3s-vm-base-', 'k3s-vm-payload-'];
const markerOf = (volume: string): string => `${volume}.complete`;

/** Name of the base volume of an image. @param digest `sha256:…` or `sha512:…` */
export const baseVolumeName = (digest: string): string => `k3s-vm-base-${digest.replace(/^\w+:/, '').slice(0, 16)}.img`;

/** Name of the payload volume of a K3s version. */
export const payloadVolumeName = (version: string, digest: string): string =>
  `k3s-vm-payload-${version.replaceAll('+', '-')}-${digest.replace(/^\w+:/, '').slice(0, 12)}.iso`;

/**
 * Makes sure that a shared volume is there and whole. The caller holds the connection's lock.
 *
 * @param withContent gives the path of its content; called only when it has to be uploaded
 * @returns its path on libvirt's host
 * @throws POOL_FULL, LIBVIRT
 */
export async function ensureSharedVolume(
  virsh: Virsh,
  pool: string,
  name: string,
  withContent: (upload: (file: string) => Promise<string>) => Promise<string>,
  signal: AbortSignal,
): Promise<string> {
  const names = await volumeNames(virsh, pool, signal);
  if (names.includes(name) && names.includes(markerOf(name))) {
    const path = await volumePath(virsh, pool, name, signal);
    if (path !== undefined) return path;
  }
  await deleteVolume(virsh, pool, markerOf(name), signal);
  const path = await withContent((file) => uploadVolume(virsh, pool, name, file, signal));
  await createVolume(virsh, pool, { name: markerOf(name), capacity: 512, format: 'raw' }, signal);
  return path;
}

/** Volumes of one VM alone, whatever part of them is there: its disk, external snapshots of it, its seed. */
export function ownVolumes(names: readonly string[], vm: string): readonly string[] {
  const { system, seed } = vmVolumes(vm);
  const stem = system.slice(0, -'qcow2'.length);
  return names.filter((name) => name === seed || name === system || name.startsWith(stem));
}

/** Deletes a VM's own volumes. @returns the names of those that were there */
export async function deleteOwnVolumes(
  virsh: Virsh,
  pool: string,
  vm: string,
  signal?: AbortSignal,
): Promise<string[]> {
  await virsh.attempt(['pool-refresh', pool], { signal });
  const own = ownVolumes(await volumeNames(virsh, pool, signal), vm);
  for (const name of own) await deleteVolume(virsh, pool, name, signal);
  return [...own];
}

/**
 * Deletes shared volumes that no VM stands on any more. The caller holds the connection's lock, so no setup is between
 * its upload and its definition.
 */
export async function deleteUnusedSharedVolumes(virsh: Virsh, pool: string, signal?: AbortSignal): Promise<string[]> {
  const used = new Set<string>();
  for (const { facts } of await ourDomains(virsh, signal)) {
    if (facts.metadata?.phase === 'removing') continue;
    for (const name of [facts.metadata?.baseVolume, facts.metadata?.payloadVolume]) if (name) used.add(name);
  }
  const shared = (await volumeNames(virsh, pool, signal)).filter((name) =>
    sharedPrefixes.some((p) => name.startsWith(p)),
  );
  const volumes = shared.filter((name) => !used.has(name.replace(/\.complete$/, '')));
  // Markers first: a volume whose marker is gone counts as unfinished, whatever happens next.
  const markersFirst = [...volumes].sort((a, b) => Number(b.endsWith('.complete')) - Number(a.endsWith('.complete')));
  for (const name of markersFirst) await deleteVolume(virsh, pool, name, signal);
  return volumes.filter((name) => !name.endsWith('.complete'));
}
