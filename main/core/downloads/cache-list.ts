/**
 * What is in the cache, and what of it can go.
 */
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireLock, lockHolder, processStartTime, type Lock } from '../files/lock';
import {
  blobFolder,
  blobRecord,
  folder,
  indexRecords,
  infoFor,
  isUsing,
  lockFile,
  names,
  readJson,
  withIndexLock,
  type Blob,
  type FoundRecord,
} from './cache-store';

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
