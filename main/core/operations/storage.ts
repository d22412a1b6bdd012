/**
 * The volumes a VM stands on. Base images, payload disks and golden images are shared by all VMs of a pool and never
 * change; a VM's own are its system disk (a thin overlay) and its seed.
 *
 * An upload that broke off looks like a finished volume, so a shared volume counts only once its marker, a tiny volume
 * made after it, is there.
 */
import { createHash } from 'node:crypto';
import { seedRecipe } from '../guest/seed';
import { ourDomains } from '../libvirt/domains';
import { createVolume, deleteVolume, uploadVolume, volumeNames, volumePath } from '../libvirt/volumes';
import type { Virsh } from '../libvirt/virsh';
import { vmVolumes } from './environment';

const sharedPattern = /^k3s-vm-(base|payload|golden)-/;
// Earlier versions wrote 16 digits: their golden images are listed and pruned, and not used for new VMs
const goldenPattern = /^k3s-vm-golden-([0-9a-f]{16,32})-[0-9a-f]{16,32}\.qcow2$/;

/** Name of the volume that says that another one is whole. */
export const markerOf = (volume: string): string => `${volume}.complete`;

/** Whether a shared volume is there and whole. */
export const isComplete = (names: readonly string[], volume: string): boolean =>
  names.includes(volume) && names.includes(markerOf(volume));

/**
 * As much of a digest as a shared volume's name has. The name stands for the content, whichever project's downloads it was
 * made from, so nobody may be able to find other content for it: 128 bits are out of reach, 48 were not.
 */
const content = (digest: string): string => digest.replace(/^\w+:/, '').slice(0, 32);

/** Name of the base volume of an image. @param digest `sha256:…` or `sha512:…` */
export const baseVolumeName = (digest: string): string => `k3s-vm-base-${content(digest)}.img`;

/** Name of the payload volume of a K3s version. */
export const payloadVolumeName = (version: string, digest: string): string =>
  `k3s-vm-payload-${version.replaceAll('+', '-')}-${content(digest)}.iso`;

/** Name of the golden image of a guest image and a payload (K3s and our guest scripts): by all that goes into it. */
export function goldenVolumeName(imageDigest: string, payloadDigest: string): string {
  const inside = createHash('sha256').update([imageDigest, payloadDigest, seedRecipe()].join('\n')).digest('hex');
  return `k3s-vm-golden-${content(imageDigest)}-${content(inside)}.qcow2`;
}

export const isGolden = (volume: string): boolean => goldenPattern.test(volume);

/** The base volume that a golden image is an overlay on. */
export const baseOfGolden = (volume: string): string => `k3s-vm-base-${goldenPattern.exec(volume)?.[1] ?? ''}.img`;

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
  if (isComplete(await volumeNames(virsh, pool, signal), name)) {
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

/** Names of the shared volumes that VMs stand on. */
export async function sharedVolumesInUse(virsh: Virsh, signal?: AbortSignal): Promise<ReadonlySet<string>> {
  const used = new Set<string>();
  for (const { facts } of await ourDomains(virsh, signal)) {
    const { metadata } = facts;
    if (metadata === undefined || metadata.phase === 'removing') continue;
    for (const name of [metadata.baseVolume, metadata.payloadVolume, metadata.goldenVolume]) if (name) used.add(name);
  }
  return used;
}

/**
 * Deletes shared volumes that no VM stands on any more. The caller holds the connection's lock, so no setup is between
 * its upload and its definition.
 *
 * @param golden whether golden images go, too; otherwise those that are whole stay, with what they stand on
 */
export async function deleteUnusedSharedVolumes(
  virsh: Virsh,
  pool: string,
  { golden }: { readonly golden: boolean },
  signal?: AbortSignal,
): Promise<string[]> {
  const names = await volumeNames(virsh, pool, signal);
  const used = new Set(await sharedVolumesInUse(virsh, signal));
  for (const name of names.filter(isGolden)) {
    if (!used.has(name) && (golden || !isComplete(names, name))) continue;
    used.add(name).add(baseOfGolden(name));
  }
  const unused = names.filter((name) => sharedPattern.test(name) && !used.has(name.replace(/\.complete$/, '')));
  // Markers first: a volume whose marker is gone counts as unfinished, whatever happens next.
  const markersFirst = [...unused].sort((a, b) => Number(b.endsWith('.complete')) - Number(a.endsWith('.complete')));
  for (const name of markersFirst) await deleteVolume(virsh, pool, name, signal);
  return unused.filter((name) => !name.endsWith('.complete'));
}
