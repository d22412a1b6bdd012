/**
 * What a new VM's system disk is an overlay on: a golden image, or the guest image with K3s on a disk beside it. Found in
 * the pool where it is there, uploaded where it is not; see storage.ts for why the VM is defined in between.
 */
import { stat } from 'node:fs/promises';
import { formatSize } from '../config/units';
import { k3sVmError } from '../errors';
import type { GuestImage } from '../downloads/guest-image';
import type { Payload } from '../k3s/payload';
import { volumeNames, type Backing } from '../libvirt/volumes';
import type { WorkContext } from '../progress';
import { withTempFile } from '../files/temp-file';
import type { Environment } from './environment';
import { chooseGolden } from './golden';
import {
  areComplete,
  baseContent,
  newVolumeName,
  payloadContent,
  sharedPath,
  uploadShared,
  wholeVolumes,
  type Claims,
  type SharedContent,
} from './storage';

export interface Ground {
  /** What the VM's metadata has to say before anything of it is used or uploaded. */
  readonly claims: Claims;
  /** The volume that the system disk is an overlay on. */
  readonly backing: { readonly volume: string; readonly format: Backing['format'] };
  /** Size of the system disk, in bytes. */
  readonly diskBytes: number;
  /** Those of the claimed volumes that were there, and whole. */
  readonly found: readonly string[];
}

/** What goes into a VM. */
export interface Ingredients {
  readonly image: GuestImage;
  readonly k3sVersion: string;
  readonly payload: Payload;
}

type Where = Pick<Environment, 'virsh' | 'config'>;

/**
 * Looks what of it is in the pool. Changes nothing.
 *
 * @param availableBytes free in the pool
 * @throws POOL_FULL
 */
export async function chooseGround(
  { virsh, config }: Where,
  { image, k3sVersion, payload }: Ingredients,
  availableBytes: number,
  signal?: AbortSignal,
): Promise<Ground> {
  const { pool, diskBytes } = config;
  const golden = await chooseGolden({ virsh, config }, image, payload, signal);
  if (golden !== undefined && 'from' in golden) {
    requireRoom(pool, availableBytes, 0);
    const { volume, base = '' } = golden.from;
    return {
      claims: { baseVolume: base, goldenVolume: volume },
      backing: { volume, format: 'qcow2' },
      diskBytes,
      found: [base, volume],
    };
  }
  const names = await volumeNames(virsh, pool, signal);
  const found: string[] = [];
  const nameOf = (content: SharedContent): string => {
    const [whole] = wholeVolumes(names, content);
    if (whole !== undefined) found.push(whole);
    return whole ?? newVolumeName(content);
  };
  const baseVolume = nameOf(baseContent(image.digest));
  const payloadVolume = nameOf(payloadContent(k3sVersion, payload.digest));
  const imageBytes = found.includes(baseVolume) ? 0 : (await stat(image.path)).size;
  requireRoom(pool, availableBytes, imageBytes + (found.includes(payloadVolume) ? 0 : payload.image.bytes));
  return {
    claims: { baseVolume, payloadVolume, ...(golden === undefined ? {} : { makesGolden: golden.makes }) },
    backing: { volume: baseVolume, format: image.format },
    diskBytes: golden?.capacity ?? diskBytes,
    found,
  };
}

/** The thin disk grows later; what has to fit now is what is copied, and room for K3s to come up. */
function requireRoom(pool: string, available: number, copied: number): void {
  const needed = copied + 512 * 1024 ** 2;
  if (available >= needed) return;
  throw k3sVmError('POOL_FULL', { pool, needed: formatSize(needed), available: formatSize(available) });
}

/**
 * Has the VM claim its ground. What was found may have been deleted by somebody else's reset before that, so it is looked
 * for again afterwards, and another ground chosen where it is gone.
 *
 * @param first from chooseGround
 * @param choose gives another
 * @param claim writes the claims into the VM's definition
 */
export async function claimGround(
  { virsh, config }: Where,
  first: Ground,
  choose: () => Promise<Ground>,
  claim: (claims: Claims) => Promise<void>,
  signal?: AbortSignal,
): Promise<Ground> {
  for (let ground = first; ; ground = await choose()) {
    await claim(ground.claims);
    if (await areComplete(virsh, config.pool, ground.found, signal)) return ground;
  }
}

/**
 * Uploads what was not there. The VM claims it all.
 *
 * @returns what the system disk is an overlay on
 * @throws POOL_FULL, LIBVIRT
 */
export async function layGround(
  { virsh, config: { pool } }: Where,
  { claims, backing, found }: Ground,
  { image, payload }: Ingredients,
  { signal, report }: WorkContext,
): Promise<Backing> {
  const { baseVolume, payloadVolume } = claims;
  if (!found.includes(baseVolume)) {
    report({ message: 'copying the guest image into the pool' });
    await uploadShared(virsh, pool, baseVolume, (upload) => upload(image.path), signal);
  }
  if (payloadVolume !== undefined && !found.includes(payloadVolume)) {
    report({ message: 'copying K3s into the pool' });
    const content = (upload: (file: string) => Promise<string>): Promise<string> =>
      withTempFile(payload.image.stream(), upload, { large: true });
    await uploadShared(virsh, pool, payloadVolume, content, signal);
  }
  return { path: await sharedPath(virsh, pool, backing.volume, signal), format: backing.format };
}
