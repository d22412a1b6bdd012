/**
 * Writes tar archives (ustar), for files that are put into a guest with their modes and owners by one process of it.
 * https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html#tag_20_92_13_06
 */
import { k3sVmError } from '../errors';

export interface TarEntry {
  /** Without a leading slash; with one at its end it is a folder. At most 100 bytes. */
  readonly path: string;
  readonly mode: number;
  readonly content?: string;
  /** Name of the owner and its group in the guest; default root. */
  readonly owner?: string;
}

const block = 512;
const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;

/** Equal entries give equal bytes: the time of every file is 0. @throws INTERNAL when a path is too long */
export function tar(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(entryBlocks), Buffer.alloc(2 * block)]);
}

function entryBlocks({ path, mode, content = '', owner = 'root' }: TarEntry): Buffer[] {
  const data = Buffer.from(content);
  const header = Buffer.alloc(block);
  if (header.write(path) > 100) throw k3sVmError('INTERNAL', { what: `"${path}" is too long for a tar archive` });
  header.write(octal(mode, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(data.length, 11), 124);
  header.write(octal(0, 11), 136);
  // Its checksum counts as blanks while it is summed up.
  header.write(' '.repeat(8), 148);
  header.write(path.endsWith('/') ? '5' : '0', 156);
  header.write('ustar\x0000', 257);
  header.write(owner, 265);
  header.write(owner, 297);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)} `, 148);
  const padding = Buffer.alloc((block - (data.length % block)) % block);
  return [header, data, padding];
}
