/**
 * Files for virsh to read or write. It opens paths only, and the sockets that node gives a child for stdin and stdout
 * cannot be opened through /dev/stdin (ENXIO). They may hold keys: they lie in a folder that is this user's alone, and
 * what a killed process left there is removed by the next one.
 */
import { lstat, mkdir, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { processStartTime } from './lock';
import { cacheDir, stateDir } from '../paths';

/** A folder's name tells whose it is: the process, by its number and its start, since numbers are used again. */
const prefix = (): string => `k3s-vm-${process.pid}-${processStartTime(process.pid) ?? ''}-`;

/** Whether a folder of ours belongs to a process that has ended. Folders of earlier versions name only its PID. */
function isStale(name: string): boolean {
  const [, pid, startTime] = /^k3s-vm-(\d+)-(?:(\d+)-)?[A-Za-z0-9]{6}$/.exec(name) ?? [];
  if (pid === undefined) return false;
  const started = processStartTime(Number(pid));
  return started === undefined || (startTime !== undefined && started !== startTime);
}

const isOwn = async (path: string): Promise<boolean> => {
  const found = await lstat(path).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === process.getuid?.();
};

/** Removes folders of processes that were killed before they could clean up. */
async function sweep(parent: string): Promise<void> {
  const stale = (await readdir(parent).catch(() => [])).filter(isStale).map((name) => join(parent, name));
  for (const folder of stale) {
    if (await isOwn(folder)) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Where this user's temporary files go: in memory (XDG_RUNTIME_DIR) where there is a login session. */
async function ownParent(): Promise<string> {
  const runtime = process.env.XDG_RUNTIME_DIR;
  const make = async (folder: string): Promise<string | undefined> => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return (await isOwn(folder)) ? folder : undefined;
  };
  // sudo may pass on another user's
  const inSession =
    runtime?.startsWith('/') && (await isOwn(runtime)) ? await make(join(runtime, 'k3s-vm')) : undefined;
  return inSession ?? (await make(join(stateDir(), 'tmp'))) ?? tmpdir();
}

const swept = new Map<string, Promise<void>>();
const sweepOnce = (parent: string): Promise<void> => {
  const sweeping = swept.get(parent) ?? sweep(parent);
  swept.set(parent, sweeping);
  return sweeping;
};

/**
 * Makes a private folder (mode 0700) for whoever cleans up; a later process does for one that is killed.
 *
 * @param options.large what comes into it is too large for memory: it lies beside the cache
 */
export async function makeTempFolder(options: { readonly large?: boolean } = {}): Promise<string> {
  const parent = options.large === true ? join(cacheDir(), 'tmp') : await ownParent();
  await mkdir(parent, { recursive: true, mode: 0o700 });
  // Earlier versions kept theirs in the folder that all users share
  await Promise.all([parent, tmpdir()].map(sweepOnce));
  return mkdtemp(join(parent, prefix()));
}

/** Gives `use` a private folder, which is gone afterwards whatever happens. */
export async function withTempFolder<T>(
  use: (folder: string) => Promise<T>,
  options: { readonly large?: boolean } = {},
): Promise<T> {
  const folder = await makeTempFolder(options);
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Gives `use` the path of a private temporary file (mode 0600), which is gone afterwards whatever happens.
 *
 * @param content what is in it; undefined: the file is not made, only its folder
 * @param options.large the file is too large for memory: it lies beside the cache
 */
export const withTempFile = <T>(
  content: string | Buffer | Readable | undefined,
  use: (path: string) => Promise<T>,
  options: { readonly large?: boolean } = {},
): Promise<T> =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'file');
    if (content !== undefined) {
      const file = await open(path, 'wx', 0o600);
      try {
        await file.writeFile(content as string);
      } finally {
        await file.close();
      }
    }
    return use(path);
  }, options);
