/**
 * The payload disk: K3s and the script that installs it, on a read-only disk, so that the guest needs no network to come up.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import clockScript from '../../../resources/guest/clock.sh';
import fillDiskScript from '../../../resources/guest/fill-disk.sh';
import firstBootScript from '../../../resources/guest/first-boot.sh';
import generaliseScript from '../../../resources/guest/generalise.sh';
import guestScript from '../../../resources/guest/guest.sh';
import provisionScript from '../../../resources/guest/provision.sh';
import { iso9660, type IsoImage } from '../guest/iso9660';
import { payloadLabel } from '../guest/seed';

export interface K3sFiles {
  readonly version: string;
  readonly binary: string;
  readonly installScript: string;
  readonly airgapImages?: string;
  /** Of the whole set. */
  readonly digest: string;
}

export interface Payload {
  readonly image: IsoImage;
  /** Changes with anything on the disk. */
  readonly digest: string;
}

const ours = {
  'clock.sh': clockScript,
  'fill-disk.sh': fillDiskScript,
  'first-boot.sh': firstBootScript,
  'generalise.sh': generaliseScript,
  'guest.sh': guestScript,
  'provision.sh': provisionScript,
};

/** Lays out the payload disk of a K3s version. */
export async function payload(files: K3sFiles): Promise<Payload> {
  const file = async (
    name: string,
    path: string,
  ): Promise<{ name: string; content: { path: string; size: number } }> => ({
    name,
    content: { path, size: (await stat(path)).size },
  });
  const entries = [
    ...Object.entries(ours).map(([name, content]) => ({ name, content })),
    await file('k3s', files.binary),
    await file('install.sh', files.installScript),
  ];
  if (files.airgapImages !== undefined) {
    const extension = /\.tar(\.\w+)?$/.exec(basename(files.airgapImages))?.[0] ?? '.tar';
    entries.push(await file(`airgap-images${extension}`, files.airgapImages));
  }
  const digest = createHash('sha256').update(files.digest).update(JSON.stringify(ours)).digest('hex');
  return { image: iso9660(payloadLabel, entries), digest };
}
