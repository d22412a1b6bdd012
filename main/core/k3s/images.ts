/**
 * The guest image: a name that is known, a URL, or a file of the user's.
 */
import { basename, resolve } from 'node:path';
import type { Config } from '../config/schema';
import { isK3sVmError, k3sVmError } from '../errors';
import type { WorkContext } from '../progress';
import { cachedEntry, ensureEntry, type CacheEntry } from './cache-entries';
import { debianFile, debianReleases, imageKey, isDebianImage, releaseArch, type MachineArch } from './cache-keys';
import { comparable, digestsOf, matches, parseSums, sha256Of } from './digest';
import { fetchText } from './http';
import { inspectImage } from './image-file';

export interface GuestImage {
  /** On this host. Read-only: it is the cache's, or the user's own. */
  readonly path: string;
  /** `sha256:<hex>` of the file, always of this kind, so that one image is one base volume. */
  readonly digest: string;
  readonly format: 'qcow2' | 'raw';
  /** Size of its disk, in bytes. */
  readonly virtualBytes: number;
  /** What the configuration calls it, for people. */
  readonly name: string;
}

type ImageConfig = Pick<Config, 'image' | 'imageDigest' | 'sources' | 'project'>;

/**
 * Makes sure that the guest image is here, whole and usable. A published image is compared with its published digest
 * each time, so that a newer one is fetched; without a network the cached one does.
 *
 * @throws IMAGE_INVALID, DIGEST_MISMATCH, OFFLINE, DOWNLOAD_FAILED, HOST_DISK_FULL; the signal's reason
 */
export async function ensureGuestImage(
  config: ImageConfig,
  arch: MachineArch,
  context: WorkContext,
): Promise<GuestImage> {
  const source = published(config, arch);
  if (source === undefined) return localImage(config, context);
  const entry = await fetchImage(source, config.imageDigest ?? undefined, context);
  const facts = await inspectImage(entry.path, source.what);
  return { path: entry.path, digest: `sha256:${entry.sha256}`, ...facts, name: config.image };
}

/** The guest image if it is here, without any network. @throws IMAGE_INVALID, DIGEST_MISMATCH for a file of the user's */
export async function cachedGuestImage(
  config: ImageConfig,
  arch: MachineArch,
  context: WorkContext,
): Promise<GuestImage | undefined> {
  const source = published(config, arch);
  if (source === undefined) return localImage(config, context);
  const entry = await cachedEntry(source.key, source.what, context);
  if (entry === undefined) return undefined;
  return {
    path: entry.path,
    digest: `sha256:${entry.sha256}`,
    ...(await inspectImage(entry.path)),
    name: config.image,
  };
}

interface Published {
  readonly key: string;
  readonly url: string;
  /** File name. */
  readonly name: string;
  readonly what: string;
  /** Digest lists that may be beside it. */
  readonly lists: readonly string[];
  /** Whether one of them has to name it. */
  readonly listed: boolean;
}

function published({ image, sources }: ImageConfig, arch: MachineArch): Published | undefined {
  const key = imageKey(image, releaseArch(arch));
  if (isDebianImage(image)) {
    const name = debianFile(image, releaseArch(arch));
    const url = `${sources.images}/${debianReleases[image]}/latest/${name}`;
    return { key, url, name, what: `The image ${image}`, lists: ['SHA512SUMS'], listed: true };
  }
  if (!/^https?:\/\//.test(image)) return undefined;
  const name = decodeURIComponent(basename(new URL(image).pathname)).replaceAll(/[^\w.+-]+/g, '_') || 'image';
  if (/\.(xz|gz|zst|bz2|zip)$/.test(name)) {
    throw k3sVmError('IMAGE_INVALID', {
      path: image,
      why: 'it is compressed; name an uncompressed one, or download and unpack it',
    });
  }
  return { key, url: image, name, what: `The image ${name}`, lists: ['SHA512SUMS', 'SHA256SUMS'], listed: false };
}

async function fetchImage(source: Published, pinned: string | undefined, context: WorkContext): Promise<CacheEntry> {
  const { key, url, name, what } = source;
  const check = (path: string): Promise<unknown> => inspectImage(path, url);
  if (pinned !== undefined) return ensureEntry({ key, url, name, what, expected: pinned, check }, context);
  try {
    const expected = await publishedDigest(source, context);
    const entry = await ensureEntry({ key, url, name, what, expected, check }, context);
    if (expected === undefined) {
      context.report({
        message: `${what} has no published digest and was not verified; set imageDigest to sha256:${entry.sha256}`,
      });
    }
    return entry;
  } catch (error) {
    if (!isK3sVmError(error, 'OFFLINE') && !isK3sVmError(error, 'DOWNLOAD_FAILED')) throw error;
    const cached = await cachedEntry(key, what, context);
    if (cached === undefined) throw error;
    context.report({
      message: `${new URL(url).host} does not answer: using ${what.replace(/^The/, 'the')} from the cache`,
    });
    return cached;
  }
}

/** The digest from a list beside the image; undefined when no list names it and none has to. */
async function publishedDigest(
  { url, what, lists, listed }: Published,
  { signal }: WorkContext,
): Promise<string | undefined> {
  // The name as published, which is not always that in our cache
  const file = decodeURIComponent(basename(new URL(url).pathname));
  for (const list of lists) {
    const listUrl = new URL(list, url).href;
    const text = await fetchText(listUrl, { what, signal, timeoutMs: 10_000 }).catch((error: unknown) => {
      throw isK3sVmError(error, 'OFFLINE') ? k3sVmError('OFFLINE', { what, url }, error.cause) : error;
    });
    const digest = text === undefined ? undefined : parseSums(text)?.get(file);
    if (digest !== undefined) return digest;
    if (listed) throw k3sVmError('DOWNLOAD_FAILED', { url, why: `${listUrl} does not name its digest` });
  }
  return undefined;
}

async function localImage(
  { image, imageDigest, project }: ImageConfig,
  { signal, report }: WorkContext,
): Promise<GuestImage> {
  const path = resolve(project, image);
  const facts = await inspectImage(path);
  report({ message: `checking ${path}` });
  if (imageDigest === null) return { path, digest: `sha256:${await sha256Of(path, signal)}`, ...facts, name: image };
  const digests = await digestsOf(path, signal);
  if (!matches(digests, imageDigest)) {
    throw k3sVmError('DIGEST_MISMATCH', {
      what: path,
      expected: imageDigest,
      actual: comparable(digests, imageDigest),
    });
  }
  return { path, digest: `sha256:${digests.sha256}`, ...facts, name: image };
}
