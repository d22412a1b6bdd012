/**
 * Files in folders that somebody else may have prepared. A cloned project can hold a symbolic link where we expect a
 * folder or a file of ours. So a folder is opened once, without following a link, and everything in it is reached through
 * that handle: nothing can be put in its place meanwhile.
 */
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { k3sVmError } from '../errors';
import { replaceFile } from './replace-file';

/** An open folder. Names are single path components. */
export interface Folder {
  /** For messages; the files are not reached by it. */
  readonly path: string;
  /**
   * The text of a regular file that belongs to the caller.
   *
   * @returns undefined when there is no such file, or something else of that name (a link, a FIFO, a folder)
   */
  read(name: string): Promise<string | undefined>;
  /** Replaces a file by rename, so that no reader ever sees half of it. A link of that name is replaced, not followed. */
  write(name: string, text: string, mode?: number): Promise<void>;
  /** What is in it. */
  names(): Promise<readonly string[]>;
  /** Removes a file or a link. @returns whether there was one */
  remove(name: string): Promise<boolean>;
}

/** Larger files are none of ours: a kubeconfig has 6 KiB. */
const readLimitBytes = 64 * 1024;

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/**
 * Opens a folder that must be a real one of the caller's, and closes it after `use`.
 *
 * @param options.create makes it with mode 0700 where it is missing, with the folders above it
 * @returns what `use` returns; undefined when the folder is missing
 * @throws FOLDER_REFUSED when something else is in its place or it belongs to somebody else
 */
export async function withFolder<T>(
  path: string,
  options: { readonly create: true },
  use: (folder: Folder) => Promise<T>,
): Promise<T>;
export async function withFolder<T>(
  path: string,
  options: { readonly create: boolean },
  use: (folder: Folder) => Promise<T>,
): Promise<T | undefined>;
export async function withFolder<T>(
  path: string,
  { create }: { readonly create: boolean },
  use: (folder: Folder) => Promise<T>,
): Promise<T | undefined> {
  const handle = (await openFolder(path)) ?? (create ? await makeFolder(path) : undefined);
  if (handle === undefined) return undefined;
  try {
    const { uid } = await handle.stat();
    if (uid !== process.geteuid?.()) throw k3sVmError('FOLDER_REFUSED', { path, why: `it belongs to user ${uid}` });
    return await use(folderOf(handle, path));
  } finally {
    await handle.close();
  }
}

async function makeFolder(path: string): Promise<FileHandle | undefined> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    // A link that leads nowhere is in its place
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  return openFolder(path);
}

/** @returns undefined when nothing of that name is there */
async function openFolder(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return undefined;
    if (code !== 'ENOTDIR' && code !== 'ELOOP') throw error;
    const isLink = await lstat(path).then(
      (stats) => stats.isSymbolicLink(),
      () => false,
    );
    throw k3sVmError('FOLDER_REFUSED', { path, why: isLink ? 'it is a symbolic link' : 'it is not a folder' });
  }
}

function folderOf(handle: FileHandle, path: string): Folder {
  // Linux leads from here to the open folder, whatever its path means by now: see proc(5)
  const at = (name: string): string => join('/proc/self/fd', String(handle.fd), name);
  return {
    path,
    read: (name) => readOwn(at(name)),
    write: (name, text, mode = 0o600) => replaceFile(at(name), text, mode),
    names: () => readdir(at('')),
    remove: (name) =>
      unlink(at(name)).then(
        () => true,
        (error: unknown) => {
          if (codeOf(error) === 'ENOENT') return false;
          throw error;
        },
      ),
  };
}

async function readOwn(path: string): Promise<string | undefined> {
  // Without O_NONBLOCK, a FIFO would keep us waiting for its writer
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > readLimitBytes || stats.uid !== process.geteuid?.()) return undefined;
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
