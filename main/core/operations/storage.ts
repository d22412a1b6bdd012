/**
 * Volumes that VMs share: base images, payload disks and golden images. They never change once they are whole.
 *
 * Several users share the pool of qemu:///system, from several machines where it is remote, and none sees the others'
 * locks. So nothing here needs a lock to be right; the one of the connection (locks.ts) only saves a second upload.
 *
 * - A volume's name is made for one upload and never again: what it holds, and a random end. So nobody ever waits for,
 *   writes to or deletes somebody else's upload, and a volume that nobody needs will never be needed again.
 * - It counts once its marker is there, a tiny volume made after it: an upload that broke off looks like a finished one.
 * - Before a VM uses or uploads a volume, its definition in libvirt says so (VmMetadata). That claim outlives a killed
 *   setup, and goes with the VM.
 * - Whoever claims looks again whether the volume is whole, and makes another one if not; whoever deletes takes the marker
 *   first, and looks again whether the volume is claimed. However the two meet, one of them sees the other.
 */
import { createHash, randomBytes } from 'node:crypto';
import { seedRecipe } from '../guest/seed';
import { poolUsage, unneeded, type PoolUsage } from '../libvirt/pool-usage';
import type { VmMetadata } from '../libvirt/metadata';
import { createVolume, deleteVolume, uploadVolume, volumeNames, volumePath } from '../libvirt/volumes';
import type { Virsh } from '../libvirt/virsh';
import { required } from '../libvirt/xml';

/** What a shared volume holds, by the start and the end of its name. */
export interface SharedContent {
  readonly stem: string;
  readonly suffix: '.img' | '.iso' | '.qcow2';
}

/**
 * Earlier versions wrote fewer digits, and no random end: theirs are listed and deleted, and only those that hold as much of
 * the digest are used.
 */
const sharedPattern =
  /^k3s-vm-(?:base-[0-9a-f]{16,32}(?:-[0-9a-f]{8})?\.img|payload-[\w.-]+-[0-9a-f]{12,32}(?:-[0-9a-f]{8})?\.iso|golden-[0-9a-f]{16,32}-[0-9a-f]{16,32}(?:-[0-9a-f]{8})?\.qcow2)$/;

const markerEnd = '.complete';

/** Name of the volume that says that another one is whole. */
export const markerOf = (volume: string): string => `${volume}${markerEnd}`;

/** Whether a volume is one that VMs share. No VM's own volumes are called so (config/naming.ts). */
export const isShared = (volume: string): boolean => sharedPattern.test(volume);

/** Whether a volume is a golden image, finished or not. */
export const isGolden = (volume: string): boolean => isShared(volume) && volume.startsWith('k3s-vm-golden-');

/** Whether a shared volume is there and whole. */
export const isComplete = (names: readonly string[], volume: string): boolean =>
  names.includes(volume) && names.includes(markerOf(volume));

/**
 * As much of a digest as a shared volume's name has. The name stands for the content, whichever project's downloads it was
 * made from, so nobody may be able to find other content for it: 128 bits are out of reach, 48 were not.
 */
const digits = (digest: string): string => digest.replace(/^\w+:/, '').slice(0, 32);

/** The base volume of an image. @param digest `sha256:…` or `sha512:…` */
export const baseContent = (digest: string): SharedContent => ({
  stem: `k3s-vm-base-${digits(digest)}`,
  suffix: '.img',
});

/** The payload volume of a K3s version. */
export const payloadContent = (version: string, digest: string): SharedContent => ({
  stem: `k3s-vm-payload-${version.replaceAll('+', '-')}-${digits(digest)}`,
  suffix: '.iso',
});

/** The golden image of a guest image and a payload (K3s and our guest scripts): by all that goes into it. */
export function goldenContent(imageDigest: string, payloadDigest: string): SharedContent {
  const inside = createHash('sha256').update([imageDigest, payloadDigest, seedRecipe()].join('\n')).digest('hex');
  return { stem: `k3s-vm-golden-${digits(imageDigest)}-${digits(inside)}`, suffix: '.qcow2' };
}

/** What a shared volume holds, by its name. */
export function contentOf(volume: string): SharedContent {
  const [, stem = volume, suffix = ''] = /^(.*?)(?:-[0-9a-f]{8})?(\.\w+)$/.exec(volume) ?? [];
  return { stem, suffix: suffix as SharedContent['suffix'] };
}

/** A name for a volume that is about to be made, which none ever had. */
export const newVolumeName = ({ stem, suffix }: SharedContent): string =>
  `${stem}-${randomBytes(4).toString('hex')}${suffix}`;

/** The volumes of a content that are whole. */
export const wholeVolumes = (names: readonly string[], { stem, suffix }: SharedContent): readonly string[] =>
  names.filter((name) => {
    const end = name.startsWith(stem) && name.endsWith(suffix) ? name.slice(stem.length, -suffix.length) : undefined;
    return end !== undefined && /^(-[0-9a-f]{8})?$/.test(end) && isComplete(names, name);
  });

/** The part of a VM's metadata that claims shared volumes: those it uses, and those it creates. */
export type Claims = Pick<VmMetadata, 'baseVolume' | 'payloadVolume' | 'goldenVolume' | 'makesGolden'>;

const claimed = ({ baseVolume, payloadVolume, goldenVolume, makesGolden }: Claims): readonly string[] =>
  [baseVolume, payloadVolume, goldenVolume, makesGolden].filter((name) => name !== undefined);

/**
 * Brings a file into the pool as a shared volume.
 *
 * @param name from newVolumeName, claimed by a VM
 * @param withContent gives the path of its content
 * @returns its path on libvirt's host
 * @throws POOL_FULL, LIBVIRT
 */
export async function uploadShared(
  virsh: Virsh,
  pool: string,
  name: string,
  withContent: (upload: (file: string) => Promise<string>) => Promise<string>,
  signal: AbortSignal,
): Promise<string> {
  const path = await withContent((file) => uploadVolume(virsh, pool, name, file, signal));
  await createVolume(virsh, pool, { name: markerOf(name), capacity: 512, format: 'raw' }, signal);
  return path;
}

/** The path of a shared volume that is whole. */
export const sharedPath = async (virsh: Virsh, pool: string, name: string, signal?: AbortSignal): Promise<string> =>
  required(await volumePath(virsh, pool, name, signal), `the path of ${name}`);

/** Golden images of a pool that VMs use. */
export const goldenInUse = ({ domains }: Pick<PoolUsage, 'domains'>): ReadonlySet<string> =>
  new Set(domains.flatMap(({ metadata }) => metadata?.goldenVolume ?? []));

/**
 * Those of some shared volumes that no VM claims, no domain mentions and no other volume is based on.
 *
 * @param mayGo which of them are asked for
 */
function unclaimed(usage: PoolUsage, mayGo: (name: string) => boolean): readonly string[] {
  const claims = new Set(usage.domains.flatMap(({ metadata }) => (metadata === undefined ? [] : claimed(metadata))));
  const names = usage.volumes.map(({ name }) => name).filter((name) => isShared(name) && !claims.has(name));
  return unneeded(usage, new Set(names.filter(mayGo))).map(({ name }) => name);
}

/**
 * What goes of the shared volumes that nobody needs: uploads that broke off; the others, too, but for golden images that are
 * whole, and what those stand on; or all.
 */
export type Extent = 'unfinished' | 'all but golden' | 'all';

/** Deletes shared volumes that no VM uses any more. @returns names of those deleted */
export async function deleteUnusedSharedVolumes(
  virsh: Virsh,
  pool: string,
  extent: Extent,
  signal?: AbortSignal,
): Promise<string[]> {
  const usage = await poolUsage(virsh, pool, signal);
  const names = usage.volumes.map(({ name }) => name);
  const doomed = unclaimed(usage, (name) => {
    if (!isComplete(names, name)) return true;
    return extent === 'all' || (extent === 'all but golden' && !isGolden(name));
  });
  const markers = names.filter((name) => {
    const volume = name.endsWith(markerEnd) ? name.slice(0, -markerEnd.length) : '';
    return isShared(volume) && (doomed.includes(volume) || !names.includes(volume));
  });
  for (const marker of markers) await deleteVolume(virsh, pool, marker, signal);
  if (doomed.length === 0) return [];
  // Claimed since we looked: it stays, and without its marker it counts for nobody else.
  const gone = unclaimed(await poolUsage(virsh, pool, signal), (name) => doomed.includes(name));
  for (const name of gone) await deleteVolume(virsh, pool, name, signal);
  return [...gone];
}

/** Whether shared volumes are all whole now. */
export const areComplete = async (
  virsh: Virsh,
  pool: string,
  volumes: readonly string[],
  signal?: AbortSignal,
): Promise<boolean> => {
  const names = await volumeNames(virsh, pool, signal);
  return volumes.every((volume) => isComplete(names, volume));
};
