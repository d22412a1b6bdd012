/**
 * The one way to write a file that somebody may read at the same time: readers see the old one or the new one, whole.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, constants, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Beside the file, so that it is of the same file system. Messages leave the ending out, see file-errors.ts. */
const temporaryFor = (path: string): string => `${path}.${randomBytes(4).toString('hex')}.tmp`;

/** Who may read a file that says nothing secret is up to the umask. */
const anybody = 0o666;

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

/**
 * Replaces a file, or makes it, with the folders above it (mode 0700). A symbolic link in its place is replaced, not
 * followed. What was written is on the disk when this returns.
 *
 * @param mode of the file, whatever the umask; undefined: 0666 without what the umask forbids
 * @throws the file system's error; the file that was there is then as it was
 */
export async function replaceFile(path: string, text: string, mode?: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = temporaryFor(path);
  const file = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode ?? anybody);
  try {
    if (mode !== undefined) await file.chmod(mode);
    await file.writeFile(text);
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** The same for a program that may be about to end and cannot wait. It does not wait for the disk either. */
export function replaceFileSync(path: string, text: string, mode?: number): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = temporaryFor(path);
  try {
    writeFileSync(temporary, text, { flag: 'wx', mode: mode ?? anybody });
    if (mode !== undefined) chmodSync(temporary, mode);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
