/**
 * Golden images: a guest image with K3s put into it and no identity, as a volume that new guests get a thin overlay on.
 * The first setup of its kind leaves one behind (golden-step.ts).
 *
 * A golden image is named by all that went into it, shared by the VMs of a pool (storage.ts), and never written to again.
 * Its marker is created last and records what the finished image looked like. An image that is unfinished, was changed,
 * or lost the guest image below it is not used.
 */
import { basename } from 'node:path';
import { cancelCopy, copyTopLayer } from '../libvirt/block-copy';
import type { DomainRef } from '../libvirt/domains';
import { poolUsage } from '../libvirt/pool-usage';
import {
  createVolume,
  deleteVolume,
  uploadVolume,
  volumeFacts,
  volumeNames,
  volumeText,
  type VolumeFacts,
} from '../libvirt/volumes';
import type { Virsh } from '../libvirt/virsh';
import { required } from '../libvirt/xml';
import { withTempFile } from '../files/temp-file';
import type { GuestImage } from '../downloads/guest-image';
import type { Payload } from '../k3s/payload';
import type { WorkContext } from '../progress';
import { vmVolumes, type Environment } from './environment';
import { withConnectionLock } from './locks';
import {
  contentOf,
  deleteUnusedSharedVolumes,
  goldenContent,
  goldenInUse,
  isComplete,
  isGolden,
  isShared,
  markerOf,
  newVolumeName,
  wholeVolumes,
  type SharedContent,
} from './storage';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

/**
 * Size of the disk that a golden image is made on, in bytes: the least that can be configured, unless image and K3s need
 * more. Overlays on it can only be larger.
 */
export const goldenCapacity = (imageBytes: number, payloadBytes: number): number =>
  Math.max(5 * GiB, Math.ceil((imageBytes + 2 * payloadBytes + GiB) / MiB) * MiB);

/** What a marker says. */
interface Marker {
  readonly schema: 1;
  readonly image: string;
  readonly k3sVersion: string;
  /** Of the finished volume: what anything that writes to it changes. */
  readonly mtime: string;
  readonly capacity: number;
  /** ISO 8601 */
  readonly madeAt: string;
}

function parseMarker(text: string | undefined): Marker | undefined {
  try {
    const marker = JSON.parse(text ?? '') as Partial<Marker> | null;
    return marker?.schema === 1 && typeof marker.mtime === 'string' ? (marker as Marker) : undefined;
  } catch {
    // Half written
    return undefined;
  }
}

export interface GoldenImage {
  readonly volume: string;
  /** On libvirt's host. */
  readonly path: string;
  /** Size of its disk, in bytes. */
  readonly capacity: number;
  /** What it takes up on the host. */
  readonly bytes: number;
  /** Name of the base volume that it is an overlay on. */
  readonly base?: string;
  /** Whether it can be used. */
  readonly whole: boolean;
  /** Absent from one that is half made. */
  readonly image?: string;
  readonly k3sVersion?: string;
  /** ISO 8601 */
  readonly madeAt?: string;
}

async function look(
  virsh: Virsh,
  pool: string,
  names: readonly string[],
  volume: string,
  signal?: AbortSignal,
): Promise<GoldenImage | undefined> {
  const facts = await volumeFacts(virsh, pool, volume, signal);
  if (facts === undefined) return undefined;
  const { path, capacity, allocation: bytes, backing } = facts;
  const base = backing === undefined ? '' : basename(backing.path);
  const marked = names.includes(markerOf(volume));
  const marker = marked ? parseMarker(await volumeText(virsh, pool, markerOf(volume), signal)) : undefined;
  if (marker === undefined) return { volume, path, capacity, bytes, whole: false };
  const { image, k3sVersion, madeAt } = marker;
  const unchanged = marker.mtime === facts.mtime && marker.capacity === capacity;
  return {
    ...{ volume, path, capacity, bytes, base, image, k3sVersion, madeAt },
    whole: unchanged && isShared(base) && isComplete(names, base),
  };
}

/** A golden image that can be used, or undefined. */
export async function findGolden(
  virsh: Virsh,
  pool: string,
  volume: string,
  signal?: AbortSignal,
): Promise<GoldenImage | undefined> {
  const names = await volumeNames(virsh, pool, signal);
  if (!isComplete(names, volume)) return undefined;
  const golden = await look(virsh, pool, names, volume, signal);
  return golden?.whole === true ? golden : undefined;
}

/** Any golden image of a content that can be used. */
async function anyGolden(
  virsh: Virsh,
  pool: string,
  content: SharedContent,
  signal?: AbortSignal,
): Promise<GoldenImage | undefined> {
  const names = await volumeNames(virsh, pool, signal);
  for (const volume of wholeVolumes(names, content)) {
    const golden = await look(virsh, pool, names, volume, signal);
    if (golden?.whole === true) return golden;
  }
  return undefined;
}

/** How a VM comes about: from a golden image, leaving one of that name and size behind, or (undefined) without. */
export type GoldenChoice =
  { readonly from: GoldenImage } | { readonly makes: string; readonly capacity: number } | undefined;

/**
 * Chooses how a VM is created. Golden images larger than the configured disk are not used, as a disk cannot shrink.
 *
 * @param payload the K3s disk that the golden image has to contain
 * @returns undefined where the setting `goldenImage` is off or the disk is too small
 * @throws LIBVIRT; the signal's reason
 */
export async function chooseGolden(
  { virsh, config }: Pick<Environment, 'virsh' | 'config'>,
  image: Pick<GuestImage, 'digest' | 'virtualBytes'>,
  payload: Payload,
  signal?: AbortSignal,
): Promise<GoldenChoice> {
  const { goldenImage, pool, diskBytes } = config;
  if (!goldenImage) return undefined;
  const content = goldenContent(image.digest, payload.digest);
  const from = await anyGolden(virsh, pool, content, signal);
  if (from !== undefined) return from.capacity <= diskBytes ? { from } : undefined;
  const capacity = goldenCapacity(image.virtualBytes, payload.image.bytes);
  return capacity <= diskBytes ? { makes: newVolumeName(content), capacity } : undefined;
}

/** Stops a golden image from being used again, because a VM created from it did not come up. */
export const distrustGolden = async (virsh: Virsh, pool: string, volume: string, signal?: AbortSignal): Promise<void> =>
  void (await deleteVolume(virsh, pool, markerOf(volume), signal));

export interface Capture {
  readonly domain: DomainRef;
  readonly pool: string;
  readonly volume: string;
  readonly image: string;
  readonly k3sVersion: string;
}

/**
 * Makes a golden image of the disk of a running domain, whose guest has no identity now and waits. The name is this
 * VM's alone, so anything there is left from its earlier attempt.
 *
 * @returns why it was not made, for people; undefined when it was
 * @throws POOL_FULL, LIBVIRT; the signal's reason
 */
export async function captureGolden(
  virsh: Virsh,
  capture: Capture,
  { signal, report }: WorkContext,
): Promise<string | undefined> {
  const { domain, pool, volume, image, k3sVersion } = capture;
  if ((await anyGolden(virsh, pool, contentOf(volume), signal)) !== undefined) return 'there is one already';
  if (goldenInUse(await poolUsage(virsh, pool, signal)).has(volume)) return 'a VM still uses a damaged one';
  const facts = async (name: string): Promise<VolumeFacts> =>
    required(await volumeFacts(virsh, pool, name, signal), `the volume ${name}`);
  const disk = await facts(vmVolumes(domain.name).system);
  const { capacity } = disk;
  const backing = required(disk.backing, `the backing image of ${domain.name}`);
  await cancelCopy(virsh, domain);
  await deleteVolume(virsh, pool, markerOf(volume), signal);
  await deleteVolume(virsh, pool, volume, signal);
  const path = await createVolume(virsh, pool, { name: volume, capacity, format: 'qcow2', backing }, signal);
  report({ message: "copying the guest's disk" });
  try {
    await copyTopLayer(virsh, domain, path, signal);
    const { mtime } = await facts(volume);
    const madeAt = new Date().toISOString();
    const marker: Marker = { schema: 1, image, k3sVersion, mtime, capacity, madeAt };
    await withTempFile(JSON.stringify(marker), (file) => uploadVolume(virsh, pool, markerOf(volume), file, signal));
    return undefined;
  } catch (error) {
    await deleteVolume(virsh, pool, volume);
    throw error;
  }
}

/** A golden image, and whether a VM uses it. */
export type ListedGolden = GoldenImage & { readonly inUse: boolean };

/** The golden images of a pool, half made ones included. */
export async function listGolden(
  { virsh, config: { pool } }: Pick<Environment, 'virsh' | 'config'>,
  signal?: AbortSignal,
): Promise<readonly ListedGolden[]> {
  const names = await volumeNames(virsh, pool, signal);
  const golden = names.filter(isGolden);
  if (golden.length === 0) return [];
  const used = goldenInUse(await poolUsage(virsh, pool, signal));
  const found = await Promise.all(golden.map((volume) => look(virsh, pool, names, volume, signal)));
  return found.flatMap((image) => (image === undefined ? [] : [{ ...image, inUse: used.has(image.volume) }]));
}

/** Deletes the golden images that no VM uses, and the base images only they used. @returns those deleted */
export async function pruneGolden(env: Environment, signal: AbortSignal): Promise<readonly ListedGolden[]> {
  const { virsh, uri, config } = env;
  return withConnectionLock(uri, 'cache prune', { signal, report: () => undefined }, async () => {
    const unused = (await listGolden(env, signal)).filter(({ inUse }) => !inUse);
    if (unused.length === 0) return [];
    const deleted = await deleteUnusedSharedVolumes(virsh, config.pool, 'all', signal);
    return unused.filter(({ volume }) => deleted.includes(volume));
  });
}
