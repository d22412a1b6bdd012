/**
 * What kind of disk image a file is, told by its first bytes. qcow2 is parsed here, so that nothing of QEMU has to run
 * for it: https://gitlab.com/qemu-project/qemu/-/blob/master/docs/interop/qcow2.rst
 */
import { open } from 'node:fs/promises';
import { k3sVmError } from '../errors';

export interface ImageFacts {
  readonly format: 'qcow2' | 'raw';
  /** Size of the disk that a guest sees, in bytes. */
  readonly virtualBytes: number;
}

/** Leading bytes of what people take for disk images, with what to say. */
const notImages: readonly (readonly [magic: Buffer, at: number, why: string])[] = [
  [Buffer.from('fd377a585a00', 'hex'), 0, 'it is compressed (xz); unpack it first: unxz'],
  [Buffer.from('1f8b', 'hex'), 0, 'it is compressed (gzip); unpack it first: gunzip'],
  [Buffer.from('28b52ffd', 'hex'), 0, 'it is compressed (zstd); unpack it first: unzstd'],
  [Buffer.from('BZh'), 0, 'it is compressed (bzip2); unpack it first: bunzip2'],
  [Buffer.from('PK\x03\x04'), 0, 'it is a zip archive; unpack it first: unzip'],
  [Buffer.from('KDMV'), 0, 'it is a VMDK image; convert it first: qemu-img convert -O qcow2'],
  [Buffer.from('<<< '), 0, 'it is a VirtualBox image; convert it first: qemu-img convert -O qcow2'],
  [Buffer.from('vhdxfile'), 0, 'it is a VHDX image; convert it first: qemu-img convert -O qcow2'],
  [Buffer.from('conectix'), 0, 'it is a VHD image; convert it first: qemu-img convert -O qcow2'],
  [Buffer.from('CD001'), 32769, 'it is a CD or DVD image, not the disk of an installed system'],
];

const headBytes = 33 * 1024;

/**
 * Looks at a disk image.
 *
 * @param name what to call it in an error; default its path
 * @throws IMAGE_INVALID when it cannot be the disk of a guest
 */
export async function inspectImage(path: string, name = path): Promise<ImageFacts> {
  const invalid = (why: string, cause?: unknown): Error => k3sVmError('IMAGE_INVALID', { path: name, why }, cause);
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw invalid(error.code === 'ENOENT' ? 'there is no such file' : 'it cannot be read', error);
  });
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw invalid('it is not a file');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    const head = buffer.subarray(0, bytesRead);
    if (isQcow2(head)) return { format: 'qcow2', virtualBytes: qcow2Bytes(head, stat.size, invalid) };
    for (const [magic, at, why] of notImages)
      if (head.subarray(at, at + magic.length).equals(magic)) throw invalid(why);
    // A guest's firmware boots from a partition table: MBR, or the protective one of GPT
    if (head.length < 512 || head.readUInt16LE(510) !== 0xaa55) {
      throw invalid('it is neither qcow2 nor a raw disk with a partition table');
    }
    if (stat.size % 512 !== 0) throw invalid('its size is not a whole number of sectors, so part of it is missing');
    return { format: 'raw', virtualBytes: stat.size };
  } finally {
    await file.close();
  }
}

/** Whether a file begins like qcow2. */
export const isQcow2 = (head: Buffer): boolean => head.length >= 4 && head.readUInt32BE(0) === 0x514649fb;

function qcow2Bytes(head: Buffer, fileBytes: number, invalid: (why: string) => Error): number {
  if (head.length < 72) throw invalid('it ends within its header');
  const version = head.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw invalid(`it is qcow2 version ${version}, which is not supported`);
  if (head.readBigUInt64BE(8) !== 0n)
    throw invalid('it needs a backing file; flatten it first: qemu-img convert -O qcow2');
  if (head.readUInt32BE(32) !== 0) throw invalid('it is encrypted');
  if (version === 3) {
    const incompatible = head.readBigUInt64BE(72);
    if (incompatible & 2n) throw invalid('it is marked as corrupt');
    if (incompatible & 4n)
      throw invalid('it keeps its data in another file; convert it first: qemu-img convert -O qcow2');
  }
  const tableEnd = head.readBigUInt64BE(40) + BigInt(head.readUInt32BE(36)) * 8n;
  if (tableEnd > BigInt(fileBytes)) throw invalid('it is cut short');
  const bytes = Number(head.readBigUInt64BE(24));
  if (!Number.isSafeInteger(bytes) || bytes === 0) throw invalid('its header gives no valid size');
  return bytes;
}
