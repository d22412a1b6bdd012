/**
 * The guest image: a name that is known, a URL, or a file of the user's.
 */
import { basename, resolve } from 'node:path';
import type { Config } from '../config/schema';
import { isK3sVmError, k3sVmError } from '../errors';
import type { WorkContext } from '../progress';
import { isSecure } from '../origin';
import { cachedEntry, ensureEntry, isCached, newestOf, type CacheEntry } from './cache-entries';
import { debianFile, debianReleases, imageKey, isDebianImage } from './debian-images';
import { importedByHand, sourceAt, type EntryName } from './entry-name';
import { releaseArch, type MachineArch } from './architecture';
import { comparable, digestsOf, matches, parseSums, sha256Of } from './digest';
import { fetchText } from './fetch-text';
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
 * @throws IMAGE_INVALID, DIGEST_MISMATCH, INSECURE_SOURCE, OFFLINE, DOWNLOAD_FAILED, HOST_DISK_FULL; the signal's reason
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
  const entry = await cachedImage(source, config.imageDigest ?? undefined, context);
  if (entry === undefined) return undefined;
  return {
    path: entry.path,
    digest: `sha256:${entry.sha256}`,
    ...(await inspectImage(entry.path)),
    name: config.image,
  };
}

interface Published extends EntryName {
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
    const source = sourceAt(sources.images);
    return { key, source, url, name, what: `The image ${image}`, lists: ['SHA512SUMS'], listed: true };
  }
  if (!/^https?:\/\//.test(image)) return undefined;
  const name = decodeURIComponent(basename(new URL(image).pathname)).replaceAll(/[^\w.+-]+/g, '_') || 'image';
  if (/\.(xz|gz|zst|bz2|zip)$/.test(name)) {
    throw k3sVmError('IMAGE_INVALID', {
      path: image,
      why: 'it is compressed; name an uncompressed one, or download and unpack it',
    });
  }
  const lists = ['SHA512SUMS', 'SHA256SUMS'];
  return { key, source: new URL(image).origin, url: image, name, what: `The image ${name}`, lists, listed: false };
}

const importedImage = ({ key }: Published): EntryName => ({ key, source: importedByHand });

/** The image as its source last published it, or as the user imported it since; with a digest, whatever has that. */
async function cachedImage(
  source: Published,
  pinned: string | undefined,
  context: WorkContext,
): Promise<CacheEntry | undefined> {
  if (pinned !== undefined) return cachedEntry(source, source.what, context, pinned);
  const newest = await newestOf([source, importedImage(source)]);
  return newest && cachedEntry(newest, source.what, context);
}

async function fetchImage(source: Published, pinned: string | undefined, context: WorkContext): Promise<CacheEntry> {
  const { url, what } = source;
  const check = (path: string): Promise<unknown> => inspectImage(path, url);
  if (pinned !== undefined) return ensureEntry({ ...source, expected: pinned, check }, context);
  try {
    if (!isSecure(new URL(url))) throw k3sVmError('INSECURE_SOURCE', { what, url });
    const expected = await publishedDigest(source, context);
    if (expected === undefined && (await isCached(importedImage(source)))) {
      const imported = await cachedEntry(importedImage(source), what, context);
      if (imported !== undefined) return imported;
    }
    const entry = await ensureEntry({ ...source, expected, check }, context);
    if (expected === undefined) {
      context.report({
        message: `${what} has no published digest and was not verified; set imageDigest to sha256:${entry.sha256}`,
      });
    }
    return entry;
  } catch (error) {
    // What came over plain http, without a digest, was not kept; what the user imported may be used
    const insecure = isK3sVmError(error, 'INSECURE_SOURCE');
    if (!insecure && !isK3sVmError(error, 'OFFLINE') && !isK3sVmError(error, 'DOWNLOAD_FAILED')) throw error;
    const cached = insecure
      ? await cachedEntry(importedImage(source), what, context)
      : await cachedImage(source, undefined, context);
    if (cached === undefined) throw error;
    const { host } = new URL(url);
    const why = insecure ? 'plain http cannot be trusted' : `${host} does not answer`;
    context.report({ message: `${why}: using ${what.replace(/^The/, 'the')} from the cache` });
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
    if (listed) throw k3sVmError('DOWNLOAD_FAILED', { url, why: `${listUrl} does not list its digest` });
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
