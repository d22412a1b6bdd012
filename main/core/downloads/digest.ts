/**
 * Digests of files, and the lists of them that projects publish beside their files.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

export type Algorithm = 'sha256' | 'sha512';

/** Both digests of one file, in hex. Debian publishes SHA-512, K3s SHA-256. */
export type Digests = Readonly<Record<Algorithm, string>>;

/** Hashes what passes by. */
export interface Digester {
  update(chunk: Uint8Array): void;
  /** Once, at the end. */
  digests(): Digests;
}

/** Makes a digester of nothing yet. */
export function newDigester(): Digester {
  const hashes = { sha256: createHash('sha256'), sha512: createHash('sha512') };
  return {
    update(chunk) {
      hashes.sha256.update(chunk);
      hashes.sha512.update(chunk);
    },
    digests: () => ({ sha256: hashes.sha256.digest('hex'), sha512: hashes.sha512.digest('hex') }),
  };
}

const chunkBytes = 1024 * 1024;

/**
 * Both digests of a file.
 *
 * @throws the file system's error, or the signal's reason
 */
export async function digestsOf(path: string, signal?: AbortSignal): Promise<Digests> {
  const digester = newDigester();
  for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes, signal }))
    digester.update(chunk as Buffer);
  return digester.digests();
}

/**
 * The SHA-256 of a file, in hex: for checking what is known already, at half the cost of digestsOf.
 *
 * @throws the file system's error, or the signal's reason
 */
export async function sha256Of(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes, signal })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Splits `sha256:<hex>`; undefined when it is none. */
export function parseDigest(text: string): { readonly algorithm: Algorithm; readonly hex: string } | undefined {
  const [, algorithm, hex] = /^(sha256|sha512):([0-9a-f]+)$/i.exec(text) ?? [];
  if (algorithm === undefined || hex === undefined) return undefined;
  const name = algorithm.toLowerCase() as Algorithm;
  return hex.length === hexLength[name] ? { algorithm: name, hex: hex.toLowerCase() } : undefined;
}

const hexLength: Readonly<Record<Algorithm, number>> = { sha256: 64, sha512: 128 };

/** Whether digests include an expected one (`sha512:<hex>`). */
export function matches(digests: Digests, expected: string): boolean {
  const parsed = parseDigest(expected);
  return parsed !== undefined && digests[parsed.algorithm] === parsed.hex;
}

/** The one of the digests that compares with `expected`, written like it. */
export function comparable(digests: Digests, expected: string): string {
  const algorithm = parseDigest(expected)?.algorithm ?? 'sha256';
  return `${algorithm}:${digests[algorithm]}`;
}

/**
 * Reads the output of sha256sum or sha512sum: file name to `sha256:<hex>` or `sha512:<hex>`.
 *
 * @returns undefined when not a single line is one of a digest list, e.g. for the page of a login portal
 */
export function parseSums(text: string): ReadonlyMap<string, string> | undefined {
  const sums = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, hex, name] = /^([0-9a-f]{64}|[0-9a-f]{128})\s+\*?(?:\.\/)?(\S.*?)\s*$/i.exec(line) ?? [];
    if (hex === undefined || name === undefined) continue;
    sums.set(name.slice(name.lastIndexOf('/') + 1), `${hex.length === 64 ? 'sha256' : 'sha512'}:${hex.toLowerCase()}`);
  }
  return sums.size === 0 ? undefined : sums;
}
