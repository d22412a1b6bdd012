/**
 * Downloads one file: resumable, hashed on the way, put in place only when it is whole and right.
 *
 * Beside `<target>` there are, until it is done, `<target>.part` and `<target>.part.json`, which says what the part is
 * of. A later call continues from there if the server still has the same file (Range and If-Range, RFC 9110 13.1.5).
 */
import { constants, createReadStream } from 'node:fs';
import { copyFile, mkdir, open, readFile, rename, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { formatBytes } from '../config/units';
import { isK3sVmError, k3sVmError } from '../errors';
import { isSecure } from '../origin';
import type { WorkContext } from '../progress';
import { comparable, digestsOf, matches, newDigester, type Digester, type Digests } from './digest';
import { get } from './http';
import { isUnreachable, networkError, statusError } from './network-errors';

export interface DownloadRequest {
  /** http(s) URL; a `file://` URL or an absolute path is copied, sharing its blocks where the file system can. */
  readonly url: string;
  /** Absolute path; replaced when the download is right. */
  readonly target: string;
  /** What it is, for people: `The guest image debian-12`. */
  readonly what: string;
  /** `sha256:<hex>` or `sha512:<hex>` that the file must have. */
  readonly expected?: string | undefined;
}

export interface DownloadTuning {
  /** Milliseconds in which `slowBytes` have to arrive, or the connection is given up. Default 30 000. */
  readonly stallMs?: number;
  /** Default 32 KiB: about 1 KiB/s. */
  readonly slowBytes?: number;
  /** How many connections in a row may fail to get further with the file. Default 4. */
  readonly retries?: number;
  /** Bytes that a connection must add to what was reached before it to count as one that did. Default 1 MiB. */
  readonly progressBytes?: number;
  /** Milliseconds before the first retry; doubled at each. Default 1000. */
  readonly backOffMs?: number;
}

export interface Downloaded extends Digests {
  readonly bytes: number;
}

/** What a part is of. */
interface Sidecar {
  readonly url: string;
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
  readonly expected?: string | undefined;
}

/**
 * Downloads a file, continuing where an earlier call stopped.
 *
 * @throws INSECURE_SOURCE for plain http without a digest; OFFLINE when there is no connection; DOWNLOAD_FAILED with the HTTP status or reason; DIGEST_MISMATCH (the file
 *   is thrown away); HOST_DISK_FULL; the signal's reason when aborted (the part is kept)
 */
export async function download(
  request: DownloadRequest,
  context: WorkContext,
  tuning: DownloadTuning = {},
): Promise<Downloaded> {
  const { url, target, what, expected } = request;
  const remote = /^https?:/.test(url);
  if (remote && expected === undefined && !isSecure(new URL(url))) throw k3sVmError('INSECURE_SOURCE', { what, url });
  try {
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    if (!remote) return await copy(request, context);
    let { result, resumed } = await transfer(request, context, tuning);
    if (resumed && expected !== undefined && !matches(result, expected)) {
      // The part may have been damaged since: once more, from the start
      context.report({ message: `${what}: the resumed download is damaged, starting over` });
      await discard(target);
      ({ result, resumed } = await transfer(request, context, tuning));
    }
    await finish(request, result);
    return result;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOSPC' || code === 'EDQUOT') throw k3sVmError('HOST_DISK_FULL', { path: dirname(target) }, error);
    throw error;
  }
}

const partOf = (target: string): string => `${target}.part`;
const sidecarOf = (target: string): string => `${target}.part.json`;

async function discard(target: string): Promise<void> {
  await Promise.all([rm(partOf(target), { force: true }), rm(sidecarOf(target), { force: true })]);
}

async function finish({ target, what, expected }: DownloadRequest, result: Downloaded): Promise<void> {
  if (expected !== undefined && !matches(result, expected)) {
    await discard(target);
    throw k3sVmError('DIGEST_MISMATCH', { what, expected, actual: comparable(result, expected) });
  }
  await rename(partOf(target), target);
  await rm(sidecarOf(target), { force: true });
}

async function copy(request: DownloadRequest, { signal, report }: WorkContext): Promise<Downloaded> {
  const { url, target, what } = request;
  const path = url.startsWith('file:') ? fileURLToPath(url) : url;
  report({ message: `copying ${what}` });
  await discard(target);
  try {
    await copyFile(path, partOf(target), constants.COPYFILE_FICLONE);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EDQUOT') throw error;
    throw k3sVmError(
      'DOWNLOAD_FAILED',
      { url, why: code === 'ENOENT' ? 'there is no such file' : (error as Error).message },
      error,
    );
  }
  const result = { ...(await digestsOf(partOf(target), signal)), bytes: (await stat(partOf(target))).size };
  await finish(request, result);
  return result;
}

/**
 * Gets the part to its end, over as many connections as it takes. Their number is bounded: all but a few have to bring the
 * file further than any before, so a server that drops each connection after some bytes ends this, whether or not it
 * lets the file be resumed.
 */
async function transfer(
  request: DownloadRequest,
  context: WorkContext,
  {
    stallMs = 30_000,
    slowBytes = 32 * 1024,
    retries = 4,
    progressBytes = 1024 * 1024,
    backOffMs = 1000,
  }: DownloadTuning,
): Promise<{ result: Downloaded; resumed: boolean }> {
  const { url, what } = request;
  let failures = 0;
  let furthest: number | undefined;
  for (;;) {
    context.signal.throwIfAborted();
    const attempt: Attempt = { request, context, stallMs, slowBytes, from: 0, received: 0 };
    try {
      return await connect(attempt);
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof Broken)) throw error;
      const reached = attempt.from + attempt.received;
      failures = reached >= (furthest ?? attempt.from) + progressBytes ? 1 : failures + 1;
      furthest = Math.max(furthest ?? 0, reached);
      const hopeless = !error.temporary || (isUnreachable(error.cause) && failures === 1 && attempt.received === 0);
      if (hopeless || failures > retries) {
        throw isK3sVmError(error.cause) ? error.cause : networkError(error.cause, what, url);
      }
      const waitMs = backOffMs * 2 ** (failures - 1);
      context.report({ message: `${what}: ${error.message}; trying again` });
      await sleep(waitMs, undefined, { signal: context.signal }).catch(() => context.signal.throwIfAborted());
    }
  }
}

/** The connection or the server failed, as opposed to the disk. */
class Broken extends Error {
  constructor(
    cause: unknown,
    readonly temporary: boolean,
  ) {
    super(isUnreachable(cause) ? 'no connection' : cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** What one connection works with. */
interface Attempt {
  readonly request: DownloadRequest;
  readonly context: WorkContext;
  readonly stallMs: number;
  readonly slowBytes: number;
  /** Where in the file this connection began. */
  from: number;
  /** Bytes that it brought. */
  received: number;
}

async function connect(attempt: Attempt): Promise<{ result: Downloaded; resumed: boolean }> {
  const { request, context, stallMs } = attempt;
  const { url, target } = request;
  const start = await resumePoint(request);
  const asked = get(url, { headers: start?.headers ?? {}, signal: context.signal, timeoutMs: stallMs });
  const { status, headers, body } = await asked.catch((error: unknown) => {
    throw new Broken(error, !permanent(error));
  });
  try {
    const from = status === 206 && start !== undefined && rangeStart(headers) === start.offset ? start.offset : 0;
    if (status === 416 || (status === 206 && from === 0)) {
      // Our part is longer than the file, or the server sends another range: start over
      await discard(target);
      throw new Broken(statusError(status, url), true);
    }
    if (status !== 200 && status !== 206) {
      throw new Broken(statusError(status, url), status >= 500 || status === 429 || status === 408);
    }
    const length = Number(headers['content-length'] ?? NaN);
    const total = Number.isFinite(length) ? from + length : undefined;
    const digester = newDigester();
    if (from > 0) await hashPart(from, digester, request, context);
    else await newPart(request, headers);
    attempt.from = from;
    const file = await open(partOf(target), 'r+');
    try {
      const bytes = await receive(attempt, body, file, { from, total, digester });
      if (total !== undefined && bytes !== total) {
        throw new Broken(Object.assign(new Error('the connection was lost'), { code: 'ECONNRESET' }), true);
      }
      await file.truncate(bytes);
      await file.datasync();
      return { result: { ...digester.digests(), bytes }, resumed: from > 0 };
    } finally {
      await file.close();
    }
  } finally {
    body.destroy();
  }
}

async function newPart({ url, target, expected }: DownloadRequest, headers: IncomingHttpHeaders): Promise<void> {
  const sidecar: Sidecar = { url, etag: headers.etag, lastModified: headers['last-modified'], expected };
  // Empty first: a sidecar of the new file must never stand beside bytes of the old one
  await writeFile(partOf(target), '', { mode: 0o600 });
  await writeFile(sidecarOf(target), JSON.stringify(sidecar), { mode: 0o600 });
}

async function hashPart(
  bytes: number,
  digester: Digester,
  { target, what }: DownloadRequest,
  { signal, report }: WorkContext,
): Promise<void> {
  report({ message: `resuming ${what}`, bytes: { done: bytes } });
  const part = createReadStream(partOf(target), { end: bytes - 1, highWaterMark: 1024 * 1024, signal });
  for await (const chunk of part) digester.update(chunk as Buffer);
}

async function receive(
  attempt: Attempt,
  body: IncomingMessage,
  file: FileHandle,
  { from, total, digester }: { from: number; total: number | undefined; digester: Digester },
): Promise<number> {
  const { request, context, stallMs, slowBytes } = attempt;
  const tell = progressOf(`downloading ${request.what}`, from, total, context.report);
  const stalled = Object.assign(
    new Error(`less than ${formatBytes(slowBytes)} arrived within ${Math.round(stallMs / 1000)} s`),
    { code: 'STALLED' },
  );
  const source = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let at = from;
  // Since `slowBytes` came together last
  let [lately, waitedMs] = [0, 0];
  for (;;) {
    // Armed only while we wait for the network: a slow disk is no stalled server
    const asked = performance.now();
    const timer = setTimeout(() => body.destroy(stalled), stallMs - waitedMs);
    const next = await source
      .next()
      .catch((error: unknown) => {
        throw new Broken(error, true);
      })
      .finally(() => clearTimeout(timer));
    const waited = performance.now() - asked;
    if (next.done) break;
    digester.update(next.value);
    await writeAll(file, next.value, at);
    at += next.value.length;
    attempt.received += next.value.length;
    lately += next.value.length;
    waitedMs += waited;
    if (lately >= slowBytes) [lately, waitedMs] = [0, 0];
    tell(at);
  }
  tell(at, true);
  return at;
}

async function writeAll(file: FileHandle, chunk: Buffer, at: number): Promise<void> {
  let written = 0;
  while (written < chunk.length) {
    written += (await file.write(chunk, written, chunk.length - written, at + written)).bytesWritten;
  }
}

/**
 * Where a part can be resumed: one byte before its end, so that a part that is complete is not a range beyond the file.
 * undefined: from the start.
 */
async function resumePoint({
  url,
  target,
  expected,
}: DownloadRequest): Promise<{ offset: number; headers: Record<string, string> } | undefined> {
  try {
    const sidecar = JSON.parse(await readFile(sidecarOf(target), 'utf8')) as Sidecar;
    const { size } = await stat(partOf(target));
    if (sidecar.url !== url || size < 2) return undefined;
    // A weak ETag does not promise equal bytes. Without a validator the expected digest will tell.
    const validator =
      sidecar.etag !== undefined && !sidecar.etag.startsWith('W/') ? sidecar.etag : sidecar.lastModified;
    if (validator === undefined && (expected === undefined || sidecar.expected !== expected)) return undefined;
    const offset = size - 1;
    return {
      offset,
      headers: { range: `bytes=${offset}-`, ...(validator === undefined ? {} : { 'if-range': validator }) },
    };
  } catch {
    // No part, or one whose sidecar was not written to the end
    return undefined;
  }
}

function rangeStart(headers: IncomingHttpHeaders): number | undefined {
  const [, from] = /^bytes (\d+)-/.exec(headers['content-range'] ?? '') ?? [];
  return from === undefined ? undefined : Number(from);
}

/** Errors that would only repeat: certificates, redirect loops, a proxy that refuses. */
function permanent(error: unknown): boolean {
  const code = String((error as NodeJS.ErrnoException).code ?? '');
  return /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|ERR_INVALID|TOO_MANY_REDIRECTS|UNSAFE_REDIRECT|PROXY_REFUSED/.test(
    code,
  );
}

/** Reports at most five times a second; the rate is that of the last seconds. */
function progressOf(
  message: string,
  from: number,
  total: number | undefined,
  report: WorkContext['report'],
): (done: number, last?: boolean) => void {
  const samples = [{ at: performance.now(), done: from }];
  let toldAt = -Infinity;
  return (done, last = false) => {
    const now = performance.now();
    if (!last && now - toldAt < 200) return;
    toldAt = now;
    samples.push({ at: now, done });
    while (samples.length > 2 && now - (samples[0]?.at ?? now) > 5000) samples.shift();
    const oldest = samples[0] ?? { at: now, done };
    const perSecond = now - oldest.at < 50 ? undefined : Math.round(((done - oldest.done) / (now - oldest.at)) * 1000);
    report({
      message,
      ...(total === undefined || total === 0 ? {} : { percent: Math.floor((100 * done) / total) }),
      bytes: { done, ...(total === undefined ? {} : { total }), ...(perSecond === undefined ? {} : { perSecond }) },
    });
  };
}
