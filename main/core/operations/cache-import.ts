/**
 * Puts files that were brought from elsewhere into the cache, for machines without internet. After the guest image and
 * the files of a K3s version are in, setup needs no network.
 */
import { constants } from 'node:fs';
import { copyFile, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { k3sVmError } from '../errors';
import type { WorkContext } from '../progress';
import { addEntry, temporaryFile } from '../downloads/cache-entries';
import { rememberedText, rememberedTexts, rememberText } from '../downloads/cache-texts';
import {
  airgapFiles,
  airgapKey,
  binaryFile,
  binaryKey,
  digestKeyOf,
  exactVersion,
  installKey,
  sumsKey,
} from '../k3s/release-files';
import { debianFile, imageKey, isDebianImage } from '../downloads/debian-images';
import { importedByHand, type EntryName } from '../downloads/entry-name';
import type { ReleaseArch } from '../downloads/architecture';
import { comparable, digestsOf, matches, parseSums, type Digests } from '../downloads/digest';
import { inspectImage, isQcow2 } from '../downloads/image-file';

export type ImportKind = 'image' | 'k3s' | 'airgap-images' | 'install.sh' | 'digests';

export interface ImportOptions {
  /** What the file is, where its name does not tell: `debian-12`, `debian-13`, an image's URL, `k3s`, `airgap-images` or `install.sh`. */
  readonly as?: string | undefined;
  /** The exact K3s version of the files, where their folder's name or a digest list that is known does not tell. */
  readonly k3sVersion?: string | undefined;
  /** Of files whose name and content do not tell. Default: this machine's. */
  readonly arch?: ReleaseArch | undefined;
}

export interface Imported {
  readonly kind: ImportKind;
  /** Where it came from. */
  readonly source: string;
  /** What it is in the cache, e.g. `k3s/v1.36.1+k3s1/amd64/k3s`. */
  readonly key: string;
  readonly bytes: number;
  /** `sha256:<hex>`; absent for digest lists. */
  readonly digest?: string;
  /** Whether a published digest list was there to compare with. */
  readonly verified: boolean;
}

export interface ImportResult {
  readonly imported: readonly Imported[];
  /** Files of a folder that are nothing for us, and why. */
  readonly ignored: readonly { readonly path: string; readonly why: string }[];
}

/**
 * Copies a file, or the files of a folder, into the cache. Digest lists beside them (sha256sum-amd64.txt, SHA512SUMS,
 * install.sh.sha256sum …) are checked against.
 *
 * @throws USAGE when the file is not recognised or a K3s version is needed; IMAGE_INVALID; DIGEST_MISMATCH;
 *   HOST_DISK_FULL; the signal's reason
 */
export async function cacheImport(path: string, options: ImportOptions, context: WorkContext): Promise<ImportResult> {
  const given = resolve(path);
  const found = await stat(given).catch(() => undefined);
  if (found === undefined) throw usage(`There is no file ${given}.`);
  if (options.k3sVersion !== undefined && exactVersion(options.k3sVersion) === undefined) {
    throw usage(`"${options.k3sVersion}" is not an exact K3s version; write it as v1.36.1+k3s1.`);
  }
  if (!found.isDirectory()) {
    const sums = await listsIn(dirname(given));
    const item = await recognise(given, options);
    if (typeof item === 'string') throw usage(item);
    return { imported: [await importItem(item, sums, options, context)], ignored: [] };
  }

  if (options.as !== undefined) throw usage('--as describes a single file: give the file instead of its folder.');
  const sums = await listsIn(given);
  const items: Item[] = [];
  const ignored: { path: string; why: string }[] = [];
  for (const name of (await readdir(given)).sort()) {
    const file = join(given, name);
    if (!(await stat(file).catch(() => undefined))?.isFile()) continue;
    const item = await recognise(file, options);
    if (typeof item === 'string') ignored.push({ path: file, why: item });
    else items.push(item);
  }
  if (items.length === 0) throw usage(`${given} contains no guest image and no K3s files.`);
  items.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  const imported: Imported[] = [];
  let { k3sVersion } = options;
  for (const item of items) {
    const one = await importItem(item, sums, { ...options, k3sVersion }, context);
    imported.push(one);
    k3sVersion ??= /^k3s\/([^/]+)\//.exec(one.key)?.[1];
  }
  return { imported, ignored };
}

/**
 * What the user brings is good for every source: it is the user's own word. Where a source tells the digest of a file, now
 * or earlier, an imported one that has another is not used.
 */
const byHand = (key: string): EntryName => ({ key, source: importedByHand });

/** What may tell the version of the others comes first. */
const order: readonly ImportKind[] = ['digests', 'k3s', 'airgap-images', 'install.sh', 'image'];

const usage = (problem: string): Error => k3sVmError('USAGE', { problem, help: 'k3s-vm cache import --help' });

type Item =
  | { readonly kind: 'image'; readonly path: string; readonly key: string }
  | {
      readonly kind: 'k3s' | 'airgap-images' | 'digests';
      readonly path: string;
      readonly arch: ReleaseArch;
      readonly name: string;
    }
  | { readonly kind: 'install.sh'; readonly path: string };

const hostArch = (): ReleaseArch => (process.arch === 'arm64' ? 'arm64' : 'amd64');

/** What a file is, by its name and first bytes; else why it is nothing, as a sentence. */
async function recognise(path: string, options: ImportOptions): Promise<Item | string> {
  const name = basename(path);
  const { as } = options;
  const head = await headOf(path);
  const archInName = /(?:^|[^a-z])(amd64|arm64)(?:[^a-z0-9]|$)/.exec(name)?.[1] as ReleaseArch | undefined;
  const arch = archInName ?? options.arch ?? hostArch();

  if (as === undefined && /^sha256sum-(amd64|arm64)\.txt$/.test(name)) return { kind: 'digests', path, arch, name };
  if (as === undefined && isList(name)) return `${name} is used to verify the other files and is not kept.`;

  if (as === 'k3s' || (as === undefined && /^k3s(-\w+)?$/.test(name))) {
    const machine = elfArch(head);
    if (machine === undefined) return `${path} is not a K3s binary for amd64 or arm64.`;
    return { kind: 'k3s', path, arch: machine, name: binaryFile(machine) };
  }
  if (as === 'install.sh' || (as === undefined && /^(k3s-)?install\.sh$/.test(name))) {
    return head.toString('latin1', 0, 2) === '#!' ? { kind: 'install.sh', path } : `${path} is not a shell script.`;
  }
  if (as === 'airgap-images' || (as === undefined && /airgap-images.*\.tar(\.zst|\.gz)?$/.test(name))) {
    const extension = tarExtension(head);
    const published = airgapFiles(arch).find(
      (file) => extension !== undefined && file.endsWith(`-${arch}${extension}`),
    );
    if (published === undefined) return `${path} is not a tar archive, plain or compressed with zstd or gzip.`;
    return { kind: 'airgap-images', path, arch, name: published };
  }

  const image = as ?? /^(debian-\d+)-genericcloud-(?:amd64|arm64)/.exec(name)?.[1];
  if (image !== undefined && (isDebianImage(image) || /^https?:\/\//.test(image))) {
    await inspectImage(path);
    return { kind: 'image', path, key: imageKey(image, arch) };
  }
  if (as !== undefined) {
    return `"${as}" is not one of debian-12, debian-13, the URL of an image, k3s, airgap-images or install.sh.`;
  }
  if (isQcow2(head) || /\.(qcow2|raw|img)(\.\w+)?$/.test(name)) {
    await inspectImage(path);
    return `${path} is a guest image. Say which one with --as debian-12, or --as and the URL in the "image" setting. Or set "image" to its path, which needs no import.`;
  }
  return `${path} is not recognized. Say what it is with --as: debian-12, debian-13, the URL of an image, k3s, airgap-images or install.sh.`;
}

async function headOf(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** elf(5): the magic, then the machine at 18; 62 is x86-64, 183 is AArch64. Both are little-endian. */
function elfArch(head: Buffer): ReleaseArch | undefined {
  if (head.length < 20 || head.readUInt32BE(0) !== 0x7f454c46) return undefined;
  const machine = head.readUInt16LE(18);
  return machine === 62 ? 'amd64' : machine === 183 ? 'arm64' : undefined;
}

function tarExtension(head: Buffer): string | undefined {
  if (head.subarray(0, 4).equals(Buffer.from('28b52ffd', 'hex'))) return '.tar.zst';
  if (head.subarray(0, 2).equals(Buffer.from('1f8b', 'hex'))) return '.tar.gz';
  return head.toString('latin1', 257, 262) === 'ustar' ? '.tar' : undefined;
}

const isList = (name: string): boolean => /^(SHA(256|512)SUMS|sha256sum-\w+\.txt|.*\.sha(256|512)(sum)?)$/.test(name);

/** The digests that lists in a folder give, by file name. */
async function listsIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const sums = new Map<string, string>();
  for (const name of await readdir(folder)) {
    if (!isList(name)) continue;
    const text = await readFile(join(folder, name), 'utf8').catch(() => '');
    for (const [file, digest] of parseSums(text) ?? []) sums.set(file, digest);
  }
  return sums;
}

async function importItem(
  item: Item,
  sums: ReadonlyMap<string, string>,
  options: ImportOptions,
  context: WorkContext,
): Promise<Imported> {
  const { kind, path } = item;
  if (item.kind === 'digests') {
    const text = await readFile(path, 'utf8');
    if (parseSums(text) === undefined) throw usage(`${path} is not a list of digests.`);
    const key = sumsKey(versionByName(path, options) ?? needVersion(path), item.arch);
    await rememberText(byHand(key), text);
    return { kind, source: path, key, bytes: Buffer.byteLength(text), verified: false };
  }

  context.report({ message: `importing ${basename(path)}` });
  const temporary = temporaryFile(byHand(path));
  try {
    await mkdir(dirname(temporary), { recursive: true, mode: 0o700 });
    await copyFile(path, temporary, constants.COPYFILE_FICLONE);
    const digests = await digestsOf(temporary, context.signal);
    const { key, name, expected } = await destination(item, digests, sums, options);
    if (expected !== undefined && !matches(digests, expected)) {
      throw k3sVmError('DIGEST_MISMATCH', { what: path, expected, actual: comparable(digests, expected) });
    }
    const { bytes } = await addEntry({ ...byHand(key), name, what: name }, temporary, digests, context);
    // The digest that came with the script spares the question for it
    if (item.kind === 'install.sh' && expected !== undefined) {
      await rememberText(byHand(digestKeyOf(key)), `${digests.sha256}  ${name}\n`);
    }
    return { kind, source: path, key, bytes, digest: `sha256:${digests.sha256}`, verified: expected !== undefined };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOSPC' || code === 'EDQUOT') throw k3sVmError('HOST_DISK_FULL', { path: dirname(temporary) }, error);
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Where an item goes, and the digest it should have if that is known. */
async function destination(
  item: Exclude<Item, { kind: 'digests' }>,
  digests: Digests,
  sums: ReadonlyMap<string, string>,
  options: ImportOptions,
): Promise<{ key: string; name: string; expected?: string | undefined }> {
  const own = basename(item.path);
  if (item.kind === 'image') {
    const [, image, arch] = /^image\/(debian-\d+)\/(\w+)$/.exec(item.key) ?? [];
    const name = image !== undefined && isDebianImage(image) ? debianFile(image, arch as ReleaseArch) : own;
    return { key: item.key, name, expected: sums.get(own) };
  }
  const version = versionByName(item.path, options) ?? (await versionByDigest(digests)) ?? needVersion(item.path);
  if (item.kind === 'install.sh') {
    return { key: installKey(version), name: 'install.sh', expected: sums.get(own) };
  }
  const remembered = await rememberedText(byHand(sumsKey(version, item.arch)));
  const known = parseSums(remembered?.text ?? '')?.get(item.name);
  const key = item.kind === 'k3s' ? binaryKey(version, item.arch) : airgapKey(version, item.arch, item.name);
  return { key, name: item.name, expected: known ?? sums.get(item.name) };
}

/** The version by what the user says, else by the name of the file's folder, as release pages and mirrors have it. */
function versionByName(path: string, { k3sVersion }: ImportOptions): string | undefined {
  return exactVersion(k3sVersion ?? basename(dirname(path)));
}

/** The version whose digest list, which we know, has this file. */
async function versionByDigest(digests: Digests): Promise<string | undefined> {
  for (const { key, text } of await rememberedTexts('k3s/', importedByHand)) {
    const version = /^k3s\/([^/]+)\/[^/]+\/sums$/.exec(key)?.[1];
    if (version !== undefined && [...(parseSums(text)?.values() ?? [])].some((sum) => matches(digests, sum)))
      return version;
  }
  return undefined;
}

function needVersion(path: string): never {
  throw usage(`The K3s version of ${path} is unknown. Give it with --k3s-version, e.g. --k3s-version v1.36.1+k3s1.`);
}
