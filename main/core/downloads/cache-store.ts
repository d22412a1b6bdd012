/**
 * How the host's cache of downloads is kept, shared by all projects of a user:
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
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { k3sVmError } from '../errors';
import { acquireLock, processStartTime, type LockInfo } from '../files/lock';
import { replaceFile } from '../files/replace-file';
import { cacheDir } from '../paths';
import type { EntryName } from './entry-name';
import { matches, parseDigest, type Digests } from './digest';

/** What is noted of a file: `entry.json`. */
export interface Blob extends Digests {
  readonly name: string;
  readonly bytes: number;
  /** ISO 8601 */
  readonly addedAt: string;
  readonly usedAt: string;
  readonly users: readonly { readonly pid: number; readonly startTime: string; readonly at: string }[];
}

/** Which blob a name stands for: `index/<name>.json`. */
export interface IndexRecord extends EntryName {
  readonly sha256: string;
  /** ISO 8601: since when the name stands for it. */
  readonly at: string;
}

/** A record as it is on the disk: one of an earlier version has no source. */
export type FoundRecord = Omit<IndexRecord, 'source'> & { readonly source?: string; readonly file: string };

/** A folder of the cache. */
export const folder = (name: 'blobs' | 'index' | 'texts' | 'partial' | 'locks'): string => join(cacheDir(), name);

/** A name as that of a file: readable, and of bounded length even for long URLs. */
export function fileName({ key, source }: EntryName): string {
  const digest = createHash('sha256').update(`${key}\n${source}`).digest('hex');
  return `${key.replaceAll(/[^A-Za-z0-9.+-]+/g, '_').slice(-80)}-${digest.slice(0, 12)}`;
}

/** Path of the record that says which blob a name stands for. */
export const indexFile = (name: EntryName): string => join(folder('index'), `${fileName(name)}.json`);
/** Path of the record of a small text. */
export const textFile = (name: EntryName): string => join(folder('texts'), `${fileName(name)}.json`);
/** Path of the lock of a name, held while its file is downloaded or checked. */
export const lockFile = (name: EntryName): string => join(folder('locks'), `${fileName(name)}.lock`);
/** Path of the folder of a blob. @param sha256 its digest in hex */
export const blobFolder = (sha256: string): string => join(folder('blobs'), sha256);
/** Path of the record of a blob. @param sha256 its digest in hex */
export const blobRecord = (sha256: string): string => join(blobFolder(sha256), 'entry.json');

/** Whether a record is that of a name. */
export const sameName = (a: EntryName, b: { readonly key: string; readonly source?: string | undefined }): boolean =>
  a.key === b.key && a.source === b.source;

/** Who holds a lock: this process. */
export const infoFor = (operation: string): LockInfo => ({
  operation,
  pid: process.pid,
  since: new Date().toISOString(),
});

/** A record; undefined when it is not there, or damaged. */
export async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch {
    // The cache forgets it, and gets it again
    return undefined;
  }
}

/** Replaces a record. @throws HOST_DISK_FULL */
export async function writeJson(path: string, value: unknown): Promise<void> {
  try {
    await replaceFile(path, JSON.stringify(value, undefined, 1), 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'ENOSPC' || code === 'EDQUOT' ? k3sVmError('HOST_DISK_FULL', { path: cacheDir() }, error) : error;
  }
}

/** Does something while no other process adds, removes or marks blobs. */
export async function withIndexLock<T>(work: () => Promise<T>): Promise<T> {
  const lock = await acquireLock(join(folder('locks'), 'index.lock'), { wait: true, info: infoFor('cache') });
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** What a folder holds, in order; nothing where there is none. */
export const names = async (path: string): Promise<string[]> => (await readdir(path).catch(() => [])).sort();

/** All records of a kind. */
export async function jsonFiles<T>(of: 'index' | 'texts'): Promise<(T & { readonly file: string })[]> {
  const records: (T & { readonly file: string })[] = [];
  for (const name of await names(folder(of))) {
    if (!name.endsWith('.json')) continue;
    const file = join(folder(of), name);
    const record = await readJson<T>(file);
    if (record !== undefined) records.push({ ...record, file });
  }
  return records;
}

/** All names that stand for something. */
export const indexRecords = (): Promise<FoundRecord[]> => jsonFiles<Omit<FoundRecord, 'file'>>('index');

/** What a name stands for, if its file is there. It may be damaged. */
export async function lookUp(name: EntryName): Promise<{ readonly blob: Blob; readonly path: string } | undefined> {
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
export async function blobWith(expected: string): Promise<string | undefined> {
  const digest = parseDigest(expected);
  if (digest === undefined) return undefined;
  const candidates = digest.algorithm === 'sha256' ? [digest.hex] : await names(folder('blobs'));
  for (const sha256 of candidates) {
    const found = await blobAt(sha256);
    if (found !== undefined && matches(found.blob, expected)) return sha256;
  }
  return undefined;
}

/** A path that was handed out is soon opened; this long a prune leaves it alone while its process lives. */
const useMs = 30 * 60_000;

/** Whether a user of a blob may still be about to open it. */
export const isUsing = ({ pid, startTime, at }: Blob['users'][number]): boolean =>
  processStartTime(pid) === startTime && Date.now() - Date.parse(at) < useMs;
