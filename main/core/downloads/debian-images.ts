/**
 * Guest images that are known by name, and what images are called in the cache.
 */
import { withoutCredentials } from '../origin';
import type { ReleaseArch } from './architecture';

/** Images that are known by name, with the folder of their release. */
export const debianReleases = { 'debian-12': 'bookworm', 'debian-13': 'trixie' } as const;
export type DebianImage = keyof typeof debianReleases;
/** Whether a name is one of the known guest images, e.g. `debian-12`. */
export const isDebianImage = (name: string): name is DebianImage => Object.hasOwn(debianReleases, name);
/** File name under which Debian publishes a known image. */
export const debianFile = (image: DebianImage, arch: ReleaseArch): string => `${image}-genericcloud-${arch}.qcow2`;

/** @param image a name, or a URL, which already says which architecture */
export const imageKey = (image: string, arch: ReleaseArch): string =>
  isDebianImage(image) ? `image/${image}/${arch}` : `image/${withoutCredentials(image)}`;
