/**
 * The names that K3s gives to its releases and their files, and what those are called in the cache.
 */
import type { ReleaseArch } from '../downloads/architecture';

/** The binary as a release names it. */
export const binaryFile = (arch: ReleaseArch): string => (arch === 'arm64' ? 'k3s-arm64' : 'k3s');
/** The digest list of a release. @param arch as K3s names it */
export const sumsFile = (arch: ReleaseArch): string => `sha256sum-${arch}.txt`;
/** Tarballs of K3s' images, the smallest first. Old releases have the plain one only. */
export const airgapFiles = (arch: ReleaseArch): readonly string[] =>
  ['.tar.zst', '.tar.gz', '.tar'].map((extension) => `k3s-airgap-images-${arch}${extension}`);

/** What the K3s binary of a release is called in the cache. @param version exact */
export const binaryKey = (version: string, arch: ReleaseArch): string => `k3s/${version}/${arch}/k3s`;
/** What a tarball of K3s' images is called in the cache. @param file its name in the release */
export const airgapKey = (version: string, arch: ReleaseArch, file: string): string => `k3s/${version}/${arch}/${file}`;
/** What the install script of a release is called in the cache. */
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
