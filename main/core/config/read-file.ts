/**
 * Reads a configuration file. Whatever lies there (a FIFO, a device, a disk image), it neither blocks nor fills memory.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { k3sVmError } from '../errors';
import { assertOwner, type Owners } from './ownership';

const limitBytes = 256 * 1024;

/**
 * The content of a configuration file; undefined where there is none. Symlinks are followed: dotfile managers use them.
 *
 * @param owners who may own it; undefined: anybody
 * @throws CONFIG_INVALID for what is no regular file, is larger than 256 KiB or cannot be read; UNTRUSTED_PROJECT
 */
export async function readConfigFile(path: string, owners?: Owners): Promise<string | undefined> {
  const invalid = (problem: string): Error => k3sVmError('CONFIG_INVALID', { where: path, problems: [problem] });
  // Without O_NONBLOCK, opening a FIFO waits for its writer
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
  const file = await open(path, flags).catch(({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw invalid(`cannot be read: ${message}`);
  });
  if (file === undefined) return undefined;
  try {
    const found = await file.stat();
    if (!found.isFile()) throw invalid('is not a regular file');
    assertOwner(path, found.uid, owners);
    // Read to the limit instead of trusting the size: a file may grow, and one in /proc has none
    const buffer = Buffer.alloc(limitBytes + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length);
      length += bytesRead;
      if (length > limitBytes) throw invalid(`is larger than ${limitBytes / 1024} KiB`);
      if (bytesRead === 0) return buffer.toString('utf8', 0, length);
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === 'EISDIR' || code === 'EIO' ? invalid(`cannot be read: ${message}`) : error;
  } finally {
    await file.close();
  }
}
