/**
 * What the file system's errors mean to people. Codes: errno(3); what Node puts into them:
 * https://nodejs.org/api/errors.html#class-systemerror
 */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Ends of sentences that begin with a path. */
const meanings: Readonly<Record<string, string>> = {
  EROFS: 'it is on a read-only file system',
  EACCES: 'you lack permission for it or for a folder above it',
  EPERM: 'the system does not permit it',
  ENOENT: 'it does not exist',
  ENOTDIR: 'a part of its path is not a folder',
  EISDIR: 'it is a folder, not a file',
  EEXIST: 'something else with that name is in its place',
  ENOTEMPTY: 'it is not empty',
  ELOOP: 'its symbolic links form a loop, or a link is in its place',
  ENAMETOOLONG: 'its name is too long for this file system',
  EBUSY: 'another program is using it',
  ETXTBSY: 'it is a program that is running',
  EFBIG: 'it would grow beyond what the system allows (ulimit -f)',
  EIO: 'the disk reports an error',
  ESTALE: 'the network file system no longer has it',
  ENXIO: 'it is not a regular file',
  ENODEV: 'its device is gone',
  EOPNOTSUPP: 'its file system does not support that',
};

/** A failure that the file system reported. */
export type FileProblem =
  | { readonly kind: 'full' | 'unusable'; readonly path: string; readonly why: string }
  /** The process, or the machine, has too many files open. */
  | { readonly kind: 'too many' };

/** Calls on files that Node names in errors, but for those that start with these: they are of processes and sockets. */
const otherCalls =
  /^(spawn|kill|connect|listen|bind|accept|getaddrinfo|getsockname|setpriority|uv_spawn|recv|send|shutdown)/;

/** What is written beside a file and then renamed to it has a name that means nothing to anybody. */
const named = (path: string): string => path.replace(/\.[0-9a-f]{8}\.tmp$/, '');

/**
 * What went wrong, where a thrown thing is an error of the file system.
 *
 * @returns undefined for anything else
 */
export function fileProblem(error: unknown): FileProblem | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code = '', syscall = '', path, dest } = error as NodeJS.ErrnoException & { dest?: unknown };
  if (syscall === '' || otherCalls.test(syscall)) return undefined;
  if (code === 'EMFILE' || code === 'ENFILE') return { kind: 'too many' };
  // Of a working directory that was removed Node knows no path
  if (syscall === 'uv_cwd') return { kind: 'unusable', path: process.env.PWD ?? '.', why: meanings.ENOENT ?? '' };
  const place = typeof dest === 'string' && code !== 'ENOENT' ? dest : path;
  if (code === 'ENOSPC' || code === 'EDQUOT') return { kind: 'full', path: named(place ?? process.cwd()), why: '' };
  // Making folders recursively, Node takes a read-only file system for a missing folder
  const hidden = code === 'ENOENT' && syscall === 'mkdir' && place !== undefined ? writeProblem(place) : undefined;
  const why = hidden ?? meanings[code];
  return why === undefined || typeof place !== 'string' ? undefined : { kind: 'unusable', path: named(place), why };
}

/**
 * Why nothing can be written into a folder that is there or would be made.
 *
 * @returns undefined when nothing speaks against it
 */
export function writeProblem(folder: string): string | undefined {
  for (let path = folder; ; path = dirname(path)) {
    try {
      if (!statSync(path).isDirectory()) return path === folder ? 'it is not a folder' : `${path} is not a folder`;
      accessSync(path, constants.W_OK | constants.X_OK);
      return undefined;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' && dirname(path) !== path) continue;
      return meanings[code] ?? (error as Error).message;
    }
  }
}
