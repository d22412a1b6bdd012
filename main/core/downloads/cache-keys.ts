/**
 * What things are called in the cache, and the names that releases give to their files.
 */
import { withoutCredentials } from '../origin';

/**
 * What a file or text in the cache is called. The source belongs to it: what one mirror publishes is no word on what the
 * official source, or another mirror, publishes under the same name.
 */
export interface EntryName {
  /** What it is, whatever its content, e.g. `k3s/v1.36.1+k3s1/amd64/k3s`. */
  readonly key: string;
  /** Who says that it is that: see sourceAt, importedByHand. */
  readonly source: string;
}

/** The source of what the user brought with `cache import`: it is good for every configuration. */
export const importedByHand = 'imported';

/** The source that a base address of the configuration is. */
export const sourceAt = (base: string): string => withoutCredentials(base);

/** Architectures as libvirt names them. */
export type MachineArch = 'x86_64' | 'aarch64';
/** The same as Debian and K3s name them. */
export type ReleaseArch = 'amd64' | 'arm64';

export const releaseArch = (arch: MachineArch): ReleaseArch => (arch === 'aarch64' ? 'arm64' : 'amd64');

/** Images that are known by name, with the folder of their release. */
export const debianReleases = { 'debian-12': 'bookworm', 'debian-13': 'trixie' } as const;
export type DebianImage = keyof typeof debianReleases;
export const isDebianImage = (name: string): name is DebianImage => Object.hasOwn(debianReleases, name);
export const debianFile = (image: DebianImage, arch: ReleaseArch): string => `${image}-genericcloud-${arch}.qcow2`;

/** @param image a name, or a URL, which already says which architecture */
export const imageKey = (image: string, arch: ReleaseArch): string =>
  isDebianImage(image) ? `image/${image}/${arch}` : `image/${withoutCredentials(image)}`;

/** The binary as a release names it. */
export const binaryFile = (arch: ReleaseArch): string => (arch === 'arm64' ? 'k3s-arm64' : 'k3s');
export const sumsFile = (arch: ReleaseArch): string => `sha256sum-${arch}.txt`;
/** Tarballs of K3s' images, the smallest first. Old releases have the plain one only. */
export const airgapFiles = (arch: ReleaseArch): readonly string[] =>
  ['.tar.zst', '.tar.gz', '.tar'].map((extension) => `k3s-airgap-images-${arch}${extension}`);

export const binaryKey = (version: string, arch: ReleaseArch): string => `k3s/${version}/${arch}/k3s`;
export const airgapKey = (version: string, arch: ReleaseArch, file: string): string => `k3s/${version}/${arch}/${file}`;
export const installKey = (version: string): string => `k3s/${version}/install.sh`;
/** Of a text, not a file: the digest list of a release. */
export const sumsKey = (version: string, arch: ReleaseArch): string => `k3s/${version}/${arch}/sums`;
/** Of a text, too: the digest that is published beside one file, whose key is given. */
export const digestKeyOf = (key: string): string => `${key}.sha256sum`;

/** An exact version as K3s writes it, from `v1.36.1+k3s1`, `1.36.1+k3s1` or `v1.36.1-k3s1`; undefined for a channel. */
export function exactVersion(text: string): string | undefined {
  const [, version, build] =
    /^v?(\d+\.\d+\.\d+(?:-(?:rc|alpha|beta)\.?\d+)?)(?:[+-]|%2B)(k3s\d+)$/i.exec(text.trim()) ?? [];
  return version === undefined || build === undefined ? undefined : `v${version}+${build.toLowerCase()}`;
}

/** Orders exact versions, oldest first: by number, release candidates before the release. */
export function compareVersions(a: string, b: string): number {
  const parts = (version: string): number[] => {
    const [, x, y, z, candidate, build] = /^v(\d+)\.(\d+)\.(\d+)(?:-\D+(\d+))?\+k3s(\d+)$/.exec(version) ?? [];
    return [x, y, z, candidate ?? Infinity, build].map(Number);
  };
  const [left, right] = [parts(a), parts(b)];
  const at = left.findIndex((part, i) => part !== right[i]);
  return at < 0 ? 0 : (left[at] ?? 0) < (right[at] ?? 0) ? -1 : 1;
}
