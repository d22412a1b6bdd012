/**
 * Files in the cache: looked up, checked, downloaded, added. How they are kept: cache-store.ts.
 */
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireLock, processStartTime, type LockInfo } from '../files/lock';
import type { WorkContext } from '../progress';
import {
  blobFolder,
  blobRecord,
  blobWith,
  fileName,
  folder,
  indexFile,
  indexRecords,
  infoFor,
  isUsing,
  lockFile,
  lookUp,
  readJson,
  sameName,
  withIndexLock,
  writeJson,
  type Blob,
  type FoundRecord,
  type IndexRecord,
} from './cache-store';
import type { EntryName } from './entry-name';
import { matches, sha256Of, type Digests } from './digest';
import { download, type DownloadTuning } from './download';

/** A file that is in the cache. */
export interface CacheEntry extends Digests, EntryName {
  readonly path: string;
  readonly bytes: number;
}

export interface EntryRequest extends EntryName {
  /** File name it is kept under. */
  readonly name: string;
  /** For people: `K3s v1.36.1+k3s1`. */
  readonly what: string;
  /** Where to get it. */
  readonly url: string;
  /** `sha256:<hex>` or `sha512:<hex>` it must have; a cached file with another digest is replaced. */
  readonly expected?: string | undefined;
  /** Looks into a file that was just downloaded, before it is kept; throws to refuse it. */
  readonly check?: ((path: string) => Promise<unknown>) | undefined;
}

/** Where the unfinished download of a name is. */
const partialFile = (name: EntryName): string => join(folder('partial'), fileName(name));

async function withNameLock<T>(
  name: EntryName,
  what: string,
  { signal, report }: WorkContext,
  work: () => Promise<T>,
): Promise<T> {
  const onWait = (holder: LockInfo | undefined): void =>
    report({
      message: `${what}: waiting for the download of another k3s-vm${holder ? ` (process ${holder.pid})` : ''}`,
    });
  const lock = await acquireLock(lockFile(name), { wait: true, info: infoFor('download'), signal, onWait });
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/**
 * Makes sure that a file is in the cache and whole: checks the one that is there, else downloads it.
 *
 * @throws INSECURE_SOURCE, OFFLINE, DOWNLOAD_FAILED, DIGEST_MISMATCH, HOST_DISK_FULL; what `check` throws; the signal's
 *   reason
 */
export async function ensureEntry(
  request: EntryRequest,
  context: WorkContext,
  tuning?: DownloadTuning,
): Promise<CacheEntry> {
  const { what, url, expected, check } = request;
  return withNameLock(request, what, context, async () => {
    const cached = await here(request, what, context, expected);
    if (cached !== undefined) return use(cached);
    const target = partialFile(request);
    const digests = await download({ url, target, what, expected }, context, tuning);
    try {
      await check?.(target);
    } catch (error) {
      await rm(target, { force: true });
      throw error;
    }
    return use(await place(request, target, digests));
  });
}

/**
 * The file of a name if the cache has it whole, without any network.
 *
 * @param expected `sha256:<hex>` or `sha512:<hex>` that it must have; then it may have come here under any name
 * @returns undefined when it is not there, or was damaged and removed
 */
export async function cachedEntry(
  name: EntryName,
  what: string,
  context: WorkContext,
  expected?: string,
): Promise<CacheEntry | undefined> {
  if (!(await isCached(name, expected))) return undefined;
  return withNameLock(name, what, context, async () => {
    const entry = await here(name, what, context, expected);
    return entry === undefined ? undefined : use(entry);
  });
}

/** Whether the cache has the file of a name, or one with a digest, without checking that it is whole. */
export async function isCached(name: EntryName, expected?: string): Promise<boolean> {
  if (expected === undefined) return (await lookUp(name)) !== undefined;
  return (await blobWith(expected)) !== undefined;
}

/** Of several names the one that was given its file last. */
export async function newestOf(names: readonly EntryName[]): Promise<EntryName | undefined> {
  const records = (await indexRecords()).filter((record) => names.some((name) => sameName(name, record)));
  const newest = records.reduce<FoundRecord | undefined>(
    (a, b) => (a !== undefined && a.at >= b.at ? a : b),
    undefined,
  );
  return newest && names.find((name) => sameName(name, newest));
}

/** Keys in the cache that begin with a text, of any of the sources. */
export async function cachedKeys(prefix: string, sources: readonly string[]): Promise<readonly string[]> {
  const keys = new Set<string>();
  for (const { key, source } of await indexRecords()) {
    if (source === undefined || !sources.includes(source) || !key.startsWith(prefix)) continue;
    if (await isCached({ key, source })) keys.add(key);
  }
  return [...keys].sort();
}

/**
 * Moves a file into the cache. The caller made it in the cache's file system (temporaryFile).
 *
 * @throws HOST_DISK_FULL
 */
export async function addEntry(
  request: Pick<EntryRequest, 'key' | 'source' | 'name' | 'what'>,
  file: string,
  digests: Digests,
  context: WorkContext,
): Promise<CacheEntry> {
  const { size: bytes } = await stat(file);
  return withNameLock(request, request.what, context, async () =>
    use(await place(request, file, { ...digests, bytes })),
  );
}

/** A path for a file that will be added; pruned like a broken download when it is left behind. */
export const temporaryFile = (name: EntryName): string => `${partialFile(name)}.${process.pid}.import`;

/** What a name stands for, hashed; with a digest, whatever has that. The caller holds the name's lock. */
async function here(
  name: EntryName,
  what: string,
  context: WorkContext,
  expected: string | undefined,
): Promise<CacheEntry | undefined> {
  if (expected !== undefined) {
    const current = await lookUp(name);
    if ((current === undefined || !matches(current.blob, expected)) && !(await adopt(name, expected))) return undefined;
  }
  return verified(name, what, context);
}

/** Lets a name stand for the blob that has a digest, if there is one. */
async function adopt({ key, source }: EntryName, expected: string): Promise<boolean> {
  return withIndexLock(async () => {
    const sha256 = await blobWith(expected);
    if (sha256 === undefined) return false;
    const record: IndexRecord = { key, source, sha256, at: new Date().toISOString() };
    await writeJson(indexFile(record), record);
    // This replaces what an earlier version noted about the file
    for (const old of await indexRecords()) {
      if (old.source === undefined && old.sha256 === sha256) await rm(old.file, { force: true });
    }
    return true;
  });
}

/** What a name stands for, hashed. A damaged file is removed. The caller holds the name's lock. */
async function verified(
  { key, source }: EntryName,
  what: string,
  { signal, report }: WorkContext,
): Promise<CacheEntry | undefined> {
  const found = await lookUp({ key, source });
  if (found === undefined) return undefined;
  const { blob, path } = found;
  report({ message: `checking ${what} in the cache` });
  const { size } = await stat(path);
  if (size === blob.bytes && (await sha256Of(path, signal)) === blob.sha256) {
    return { key, source, path, bytes: blob.bytes, sha256: blob.sha256, sha512: blob.sha512 };
  }
  report({ message: `${what} was damaged in the cache; downloading it again` });
  await withIndexLock(() => rm(blobFolder(blob.sha256), { recursive: true, force: true }));
  return undefined;
}

async function place(
  { key, source, name }: Pick<EntryRequest, 'key' | 'source' | 'name'>,
  file: string,
  { bytes, sha256, sha512 }: Digests & { bytes: number },
): Promise<CacheEntry> {
  return withIndexLock(async () => {
    const before = await readJson<Blob>(blobRecord(sha256));
    const kept = before?.name ?? name;
    const path = join(blobFolder(sha256), kept);
    const now = new Date().toISOString();
    await mkdir(blobFolder(sha256), { recursive: true, mode: 0o700 });
    await rename(file, path);
    const blob: Blob = {
      sha256,
      sha512,
      bytes,
      name: kept,
      addedAt: before?.addedAt ?? now,
      usedAt: now,
      users: before?.users ?? [],
    };
    await writeJson(blobRecord(sha256), blob);
    const record: IndexRecord = { key, source, sha256, at: now };
    await writeJson(indexFile(record), record);
    return { key, source, path, bytes, sha256, sha512 };
  });
}

async function use(entry: CacheEntry): Promise<CacheEntry> {
  const now = new Date().toISOString();
  const me = { pid: process.pid, startTime: processStartTime(process.pid) ?? '', at: now };
  await withIndexLock(async () => {
    const blob = await readJson<Blob>(blobRecord(entry.sha256));
    if (blob === undefined) return;
    const others = blob.users.filter((user) => user.pid !== me.pid && isUsing(user));
    await writeJson(blobRecord(entry.sha256), { ...blob, usedAt: now, users: [...others, me] } satisfies Blob);
  });
  return entry;
}
