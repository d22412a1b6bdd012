/**
 * Writes ISO 9660 images: the cloud-init seed and the payload disk. Written here rather than by genisoimage or xorriso,
 * so that the host needs neither, and streamed, so that a payload is never copied on the host first.
 *
 * The layout is ECMA-119 (https://ecma-international.org/publications-and-standards/standards/ecma-119/) with one flat
 * directory. Names are relaxed (any length, dashes, several dots): Linux shows them in lower case and without the
 * version, see isofs_name_translate() in the kernel's fs/isofs/dir.c. Equal inputs give equal bytes.
 */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { k3sVmError } from '../errors';

/** One file. `size` is in bytes and must be what the file at `path` has when the image is read. */
export interface IsoFile {
  /** As the guest sees it: lower-case letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  readonly content: string | Buffer | { readonly path: string; readonly size: number };
}

export interface IsoImage {
  /** Size of the whole image. */
  readonly bytes: number;
  /** The image's bytes, from the start at every call. */
  stream(): Readable;
}

const sector = 2048;
/** Sectors 0 to 15 are the unused system area. */
const descriptorSector = 16;
const pathTableSector = { little: 18, big: 19 } as const;
const rootSector = 20;
/** A file's length is a 32-bit field, and we write one extent a file. */
const largestFile = 2 ** 32 - 1;
/** 2000-01-01 00:00:00 UTC, as a directory record has it: years since 1900, month, day, h, min, s, zone. */
const fixedDate = Buffer.from([100, 1, 1, 0, 0, 0, 0]);

interface Entry {
  readonly identifier: Buffer;
  readonly content: Buffer | { readonly path: string; readonly size: number };
  readonly size: number;
  readonly at: number;
}

/**
 * Lays out an image; nothing is read until it is streamed.
 *
 * @param label volume label, at most 32 characters; lower case is kept, as cloud-init's `cidata` wants
 * @param files the files of the root directory, in any order
 * @throws INTERNAL when a name, the label or a size cannot be written
 */
export function iso9660(label: string, files: readonly IsoFile[]): IsoImage {
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(label)) throw unusable(`"${label}" cannot be a volume label`);
  const sorted = [...files].sort((a, b) => compareNames(a.name, b.name));
  sorted.forEach((file, index) => {
    if (sorted[index + 1]?.name === file.name) throw unusable(`two files named "${file.name}"`);
  });

  const rootBytes = directoryBytes(sorted.map((file) => recordLength(identifierOf(file.name).length)));
  let next = rootSector + rootBytes / sector;
  const entries = sorted.map((file): Entry => {
    const content = typeof file.content === 'string' ? Buffer.from(file.content) : file.content;
    const size = Buffer.isBuffer(content) ? content.length : content.size;
    if (!Number.isInteger(size) || size < 0 || size > largestFile) {
      throw unusable(`"${file.name}" has ${size} bytes; an ISO 9660 file has less than 4 GiB`);
    }
    const at = next;
    next += sectors(size);
    return { identifier: identifierOf(file.name), content, size, at };
  });

  const head = Buffer.concat([
    Buffer.alloc(descriptorSector * sector),
    primaryDescriptor(label, next, rootBytes),
    terminator(),
    pathTable('little'),
    pathTable('big'),
    rootDirectory(entries, rootBytes),
  ]);
  return {
    bytes: next * sector,
    stream: () => Readable.from(chunks(head, entries), { objectMode: false, highWaterMark: 1024 * 1024 }),
  };
}

const unusable = (what: string): Error => k3sVmError('INTERNAL', { what: `cannot write an ISO image: ${what}` });
const sectors = (bytes: number): number => Math.ceil(bytes / sector);

/** `install.sh` is written INSTALL.SH;1 and `user-data` USER-DATA.;1: the dot is required, the guest drops both. */
function identifierOf(name: string): Buffer {
  // A record has 255 bytes, of which 33 are not name. ISO 9660:1999 allows 207.
  if (!/^[a-z0-9][a-z0-9._-]{0,199}$/.test(name) || name.endsWith('.')) throw unusable(`a file named "${name}"`);
  return Buffer.from(`${name.toUpperCase()}${name.includes('.') ? '' : '.'};1`, 'latin1');
}

/** ECMA-119 9.3: by name, then extension, each padded with spaces, so that `a.b` comes before `a-b`. */
function compareNames(a: string, b: string): number {
  const [x, y] = [a.replaceAll('.', ' '), b.replaceAll('.', ' ')];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Records have an even length. */
const recordLength = (identifierLength: number): number => 33 + identifierLength + ((33 + identifierLength) % 2);

/** Bytes of a directory. The first two records, for itself and its parent, have 34 each. */
function directoryBytes(lengths: readonly number[]): number {
  return sectors([34, 34, ...lengths].reduce((at, length) => placeRecord(at, length) + length, 0)) * sector;
}

/** Where a record goes that could start at `at`: no record crosses a sector's end. */
function placeRecord(at: number, length: number): number {
  return Math.floor(at / sector) === Math.floor((at + length - 1) / sector) ? at : sectors(at) * sector;
}

/** Numbers are written twice, little-endian then big-endian (ECMA-119 7.2.3 and 7.3.3). */
function both16(to: Buffer, at: number, value: number): void {
  to.writeUInt16LE(value, at);
  to.writeUInt16BE(value, at + 2);
}
function both32(to: Buffer, at: number, value: number): void {
  to.writeUInt32LE(value, at);
  to.writeUInt32BE(value, at + 4);
}

/** ECMA-119 9.1 */
function directoryRecord(identifier: Buffer, at: number, size: number, directory: boolean): Buffer {
  const record = Buffer.alloc(recordLength(identifier.length));
  record[0] = record.length;
  both32(record, 2, at);
  both32(record, 10, size);
  fixedDate.copy(record, 18);
  record[25] = directory ? 2 : 0;
  both16(record, 28, 1); // volume sequence number
  record[32] = identifier.length;
  identifier.copy(record, 33);
  return record;
}

const self = Buffer.from([0]);
const parent = Buffer.from([1]);

function rootDirectory(entries: readonly Entry[], bytes: number): Buffer {
  const directory = Buffer.alloc(bytes);
  let at = 0;
  const records = [
    directoryRecord(self, rootSector, bytes, true),
    directoryRecord(parent, rootSector, bytes, true),
    ...entries.map((entry) => directoryRecord(entry.identifier, entry.at, entry.size, false)),
  ];
  for (const record of records) {
    at = placeRecord(at, record.length);
    record.copy(directory, at);
    at += record.length;
  }
  return directory;
}

/** ECMA-119 9.4: the root alone, which is its own parent. */
function pathTable(order: 'little' | 'big'): Buffer {
  const table = Buffer.alloc(sector);
  table[0] = 1;
  if (order === 'little') {
    table.writeUInt32LE(rootSector, 2);
    table.writeUInt16LE(1, 6);
  } else {
    table.writeUInt32BE(rootSector, 2);
    table.writeUInt16BE(1, 6);
  }
  return table;
}
const pathTableBytes = 10;

/** ECMA-119 8.4. Dates are left unspecified: blkid would make the same UUID of the same date for every image. */
function primaryDescriptor(label: string, volumeSectors: number, rootBytes: number): Buffer {
  const d = Buffer.alloc(sector);
  const text = (value: string, at: number, length: number): unknown => d.write(value.padEnd(length), at, 'latin1');
  d[0] = 1;
  d.write('CD001', 1, 'latin1');
  d[6] = 1;
  text('LINUX', 8, 32); // system
  text(label, 40, 32);
  both32(d, 80, volumeSectors);
  both16(d, 120, 1); // volumes in the set
  both16(d, 124, 1); // which of them this is
  both16(d, 128, sector);
  both32(d, 132, pathTableBytes);
  d.writeUInt32LE(pathTableSector.little, 140);
  d.writeUInt32BE(pathTableSector.big, 148);
  directoryRecord(self, rootSector, rootBytes, true).copy(d, 156);
  text('', 190, 128); // volume set
  text('', 318, 128); // publisher
  text('', 446, 128); // preparer
  text('K3S-VM', 574, 128); // application
  text('', 702, 111); // copyright, abstract and bibliographic files
  for (const at of [813, 830, 847, 864]) d.write('0'.repeat(16), at, 'latin1');
  d[881] = 1; // version of the file structure
  return d;
}

/** ECMA-119 8.3 */
function terminator(): Buffer {
  const d = Buffer.alloc(sector);
  d[0] = 255;
  d.write('CD001', 1, 'latin1');
  d[6] = 1;
  return d;
}

async function* chunks(head: Buffer, entries: readonly Entry[]): AsyncGenerator<Buffer> {
  yield head;
  for (const { content, size } of entries) {
    if (Buffer.isBuffer(content)) yield content;
    else if (size > 0) yield* fileChunks(content.path, size);
    const rest = sectors(size) * sector - size;
    if (rest > 0) yield Buffer.alloc(rest);
  }
}

/** A file that shrank or grew since would shift or truncate all that follows: better no image than a wrong one. */
async function* fileChunks(path: string, size: number): AsyncGenerator<Buffer> {
  let seen = 0;
  // One byte more than wanted tells a file that grew
  for await (const chunk of createReadStream(path, { end: size, highWaterMark: 1024 * 1024 })) {
    seen += (chunk as Buffer).length;
    if (seen > size) break;
    yield chunk as Buffer;
  }
  if (seen !== size) throw unusable(`${path} changed while it was read`);
}
