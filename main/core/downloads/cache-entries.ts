/**
 * The host's cache of downloads, shared by all projects of a user:
 *
 *     blobs/<sha256>/<file name>   a file; it is what its digest says, checked at every use
 *     blobs/<sha256>/entry.json    its other digest, size and last use
 *     index/<name>.json            which blob a name (`image/debian-12/amd64` of a source) stands for, for offline use
 *     texts/<name>.json            small published texts of a source: digest lists, channels
 *     partial/<name>.part          downloads that are not finished
 *     locks/                       one lock a name, and one for the index
 *
 * A name's lock is held while its file is downloaded or checked: of two processes that want the same, the second waits,
 * then finds it. The lock of the index is held for moments, when blobs come, go or are marked as used.
 *
 * Every name holds its source, so that nothing which one source published is believed of another. A file whose digest is
 * known is taken from any blob that has it, however that came here: content is what its digest says. Records of earlier
 * versions, which had no source, stand for nothing; their blobs are found by digest, and stay until they are pruned.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { k3sVmError } from '../errors';
import { acquireLock, lockHolder, processStartTime, type Lock, type LockInfo } from '../files/lock';
import { replaceFile } from '../files/replace-file';
import { cacheDir } from '../paths';
import type { WorkContext } from '../progress';
import type { EntryName } from './cache-keys';
import { matches, parseDigest, sha256Of, type Digests } from './digest';
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

interface Blob extends Digests {
  readonly name: string;
  readonly bytes: number;
  /** ISO 8601 */
  readonly addedAt: string;
  readonly usedAt: string;
  readonly users: readonly { readonly pid: number; readonly startTime: string; readonly at: string }[];
}

interface IndexRecord extends EntryName {
  readonly sha256: string;
  /** ISO 8601: since when the name stands for it. */
  readonly at: string;
}

/** A record as it is on the disk: one of an earlier version has no source. */
type FoundRecord = Omit<IndexRecord, 'source'> & { readonly source?: string; readonly file: string };

interface TextRecord extends EntryName {
  readonly text: string;
  /** ISO 8601 */
  readonly at: string;
}

const folder = (name: 'blobs' | 'index' | 'texts' | 'partial' | 'locks'): string => join(cacheDir(), name);

/** A name as that of a file: readable, and of bounded length even for long URLs. */
function fileName({ key, source }: EntryName): string {
  const digest = createHash('sha256').update(`${key}\n${source}`).digest('hex');
  return `${key.replaceAll(/[^A-Za-z0-9.+-]+/g, '_').slice(-80)}-${digest.slice(0, 12)}`;
}

const indexFile = (name: EntryName): string => join(folder('index'), `${fileName(name)}.json`);
const textFile = (name: EntryName): string => join(folder('texts'), `${fileName(name)}.json`);
const lockFile = (name: EntryName): string => join(folder('locks'), `${fileName(name)}.lock`);
const blobFolder = (sha256: string): string => join(folder('blobs'), sha256);
const blobRecord = (sha256: string): string => join(blobFolder(sha256), 'entry.json');

/** Where the unfinished download of a name is. */
const partialFile = (name: EntryName): string => join(folder('partial'), fileName(name));

const sameName = (a: EntryName, b: { readonly key: string; readonly source?: string | undefined }): boolean =>
  a.key === b.key && a.source === b.source;

const infoFor = (operation: string): LockInfo => ({ operation, pid: process.pid, since: new Date().toISOString() });

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch {
    // Not there, or damaged: the cache forgets it and gets it again
    return undefined;
  }
}

async function writeJson(path: string, value: unknown): Promise<void> {
  try {
    await replaceFile(path, JSON.stringify(value, undefined, 1), 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'ENOSPC' || code === 'EDQUOT' ? k3sVmError('HOST_DISK_FULL', { path: cacheDir() }, error) : error;
  }
}

async function withIndexLock<T>(work: () => Promise<T>): Promise<T> {
  const lock = await acquireLock(join(folder('locks'), 'index.lock'), { wait: true, info: infoFor('cache') });
  try {
    return await work();
  } finally {
    lock.release();
  }
}

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

async function lookUp(name: EntryName): Promise<{ readonly blob: Blob; readonly path: string } | undefined> {
  const record = await readJson<IndexRecord>(indexFile(name));
  return record === undefined || !sameName(name, record) ? undefined : blobAt(record.sha256);
}

async function blobAt(sha256: string): Promise<{ readonly blob: Blob; readonly path: string } | undefined> {
  const blob = await readJson<Blob>(blobRecord(sha256));
  if (blob === undefined) return undefined;
  const path = join(blobFolder(sha256), blob.name);
  const found = await stat(path).catch(() => undefined);
  return found === undefined ? undefined : { blob, path };
}

/** The SHA-256 of the blob that has a digest. */
async function blobWith(expected: string): Promise<string | undefined> {
  const digest = parseDigest(expected);
  if (digest === undefined) return undefined;
  const candidates = digest.algorithm === 'sha256' ? [digest.hex] : await names(folder('blobs'));
  for (const sha256 of candidates) {
    const found = await blobAt(sha256);
    if (found !== undefined && matches(found.blob, expected)) return sha256;
  }
  return undefined;
}

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
    // What an earlier version noted of this file is now said better
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
  report({ message: `${what} was damaged in the cache and is fetched again` });
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

/** A path that was handed out is soon opened; this long a prune leaves it alone while its process lives. */
const useMs = 30 * 60_000;

const isUsing = ({ pid, startTime, at }: Blob['users'][number]): boolean =>
  processStartTime(pid) === startTime && Date.now() - Date.parse(at) < useMs;

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

/** Keeps a small text, with the time. */
export async function rememberText({ key, source }: EntryName, text: string): Promise<void> {
  const record: TextRecord = { key, source, text, at: new Date().toISOString() };
  await writeJson(textFile(record), record);
}

/** A text that was kept, and its age in milliseconds. */
export async function rememberedText(
  name: EntryName,
): Promise<{ readonly text: string; readonly ageMs: number } | undefined> {
  const record = await readJson<TextRecord>(textFile(name));
  return record === undefined || !sameName(name, record)
    ? undefined
    : { text: record.text, ageMs: Date.now() - Date.parse(record.at) };
}

/** All texts of a source that were kept whose keys begin with `prefix`. */
export async function rememberedTexts(prefix: string, source: string): Promise<readonly TextRecord[]> {
  const records = await jsonFiles<TextRecord>('texts');
  return records.filter((record) => record.key.startsWith(prefix) && record.source === source);
}

const names = async (path: string): Promise<string[]> => (await readdir(path).catch(() => [])).sort();

async function jsonFiles<T>(of: 'index' | 'texts'): Promise<(T & { readonly file: string })[]> {
  const records: (T & { readonly file: string })[] = [];
  for (const name of await names(folder(of))) {
    if (!name.endsWith('.json')) continue;
    const file = join(folder(of), name);
    const record = await readJson<T>(file);
    if (record !== undefined) records.push({ ...record, file });
  }
  return records;
}

const indexRecords = (): Promise<FoundRecord[]> => jsonFiles<Omit<FoundRecord, 'file'>>('index');

export interface CacheItem {
  /** What it is kept for, e.g. `image/debian-12/amd64`; of a partial or superseded file, its file name. */
  readonly key: string;
  /** Base address it came from, or `imported`; absent from what is not ready. */
  readonly source?: string;
  readonly path: string;
  readonly bytes: number;
  /**
   * `ready`; `superseded` by a newer file of the same name; `partial`, a download that is not finished; `unverified`, of
   * an earlier version that did not note the source: it is used again once a source publishes its digest.
   */
  readonly state: 'ready' | 'superseded' | 'partial' | 'unverified';
  /** `sha256:<hex>`; absent from partial files. */
  readonly digest?: string;
  /** ISO 8601 */
  readonly usedAt: string;
  /** A process is downloading it or is about to read it. */
  readonly inUse: boolean;
}

/** Everything in the cache. Nothing is hashed. */
export async function cacheList(): Promise<readonly CacheItem[]> {
  const items: CacheItem[] = [];
  const namesOf = new Map<string, FoundRecord[]>();
  for (const record of await indexRecords())
    namesOf.set(record.sha256, [...(namesOf.get(record.sha256) ?? []), record]);
  for (const sha256 of await names(folder('blobs'))) {
    const blob = await readJson<Blob>(blobRecord(sha256));
    const path = blob === undefined ? blobFolder(sha256) : join(blobFolder(sha256), blob.name);
    const found = await stat(path).catch(() => undefined);
    const common = {
      path,
      bytes: found?.isFile() ? found.size : 0,
      digest: `sha256:${sha256}`,
      usedAt: blob?.usedAt ?? new Date(found?.mtimeMs ?? 0).toISOString(),
    };
    const records = blob === undefined ? [] : (namesOf.get(sha256) ?? []);
    const used = blob?.users.some(isUsing) ?? false;
    for (const { key, source } of records) {
      if (source === undefined) items.push({ ...common, key, state: 'unverified', inUse: used });
      else {
        const inUse = used || lockHolder(lockFile({ key, source })) !== undefined;
        items.push({ ...common, key, source, state: 'ready', inUse });
      }
    }
    if (records.length === 0) items.push({ ...common, key: blob?.name ?? sha256, state: 'superseded', inUse: used });
  }
  for (const name of await names(folder('partial'))) {
    if (name.endsWith('.part.json')) continue;
    const path = join(folder('partial'), name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) continue;
    const inUse = lockHolder(partialLock(name)) !== undefined || importing(name);
    items.push({ key: name, path, bytes: found.size, state: 'partial', usedAt: found.mtime.toISOString(), inUse });
  }
  return items;
}

const partialLock = (name: string): string =>
  join(folder('locks'), `${name.replace(/(\.part|\.\d+\.import)$/, '')}.lock`);

/** Whether the process that makes a temporary file is alive. A PID that was used again only delays the removal. */
function importing(name: string): boolean {
  const [, pid] = /\.(\d+)\.import$/.exec(name) ?? [];
  return pid !== undefined && processStartTime(Number(pid)) !== undefined;
}

const unusedMs = 30 * 24 * 3_600_000;

export interface Pruned {
  readonly removed: readonly CacheItem[];
  /** Freed. */
  readonly bytes: number;
}

/**
 * Removes what is not needed: unfinished downloads, superseded files, and files that nobody used for 30 days. Never
 * what a running process is downloading or about to read.
 *
 * @param all everything else too, and the texts
 */
export async function cachePrune({ all = false }: { readonly all?: boolean } = {}): Promise<Pruned> {
  const removed: CacheItem[] = [];
  for (const item of await cacheList()) {
    const old = Date.now() - Date.parse(item.usedAt) > unusedMs;
    const kept = item.state === 'ready' || item.state === 'unverified';
    if (item.inUse || (kept && !all && !old)) continue;
    if (item.state === 'partial' ? await removePartial(item) : await removeBlob(item)) removed.push(item);
  }
  if (all) await rm(folder('texts'), { recursive: true, force: true });
  // A blob with two names is listed, and may be removed, under both
  const paths = new Map(removed.map(({ path, bytes }) => [path, bytes]));
  return { removed, bytes: [...paths.values()].reduce((sum, bytes) => sum + bytes, 0) };
}

/** Does something while nobody holds a lock; not at all when somebody does. */
async function unlessLocked(path: string, work: () => Promise<boolean>): Promise<boolean> {
  const lock = await acquireLock(path, { wait: false, info: infoFor('cache prune') });
  if ('heldBy' in lock) return false;
  try {
    return await work();
  } finally {
    (lock satisfies Lock).release();
  }
}

const removePartial = ({ key, path }: CacheItem): Promise<boolean> =>
  unlessLocked(partialLock(key), async () => {
    await Promise.all([rm(path, { force: true }), rm(`${path}.json`, { force: true })]);
    return true;
  });

function removeBlob({ key, source, state, digest = '' }: CacheItem): Promise<boolean> {
  const sha256 = digest.slice('sha256:'.length);
  const remove = (): Promise<boolean> =>
    withIndexLock(async () => {
      const blob = await readJson<Blob>(blobRecord(sha256));
      if (blob?.users.some(isUsing)) return false;
      const named = (await indexRecords()).filter((record) => record.sha256 === sha256);
      // Superseded when it was listed, but a download has brought it back since
      if (state === 'superseded' && blob !== undefined && named.length > 0) return false;
      const going =
        state === 'superseded' ? named : named.filter((record) => record.key === key && record.source === source);
      for (const { file } of going) await rm(file, { force: true });
      if (going.length === named.length) await rm(blobFolder(sha256), { recursive: true, force: true });
      return true;
    });
  return source === undefined ? remove() : unlessLocked(lockFile({ key, source }), remove);
}
