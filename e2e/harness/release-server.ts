/**
 * The internet of the suite: a server on loopback that publishes the guest image and K3s the way their real sources do,
 * digests included, and that can be told to misbehave.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';

/** How a file can be served wrong. `corrupt`: its bytes do not match its digest. `cut`: the connection breaks in the middle. */
export type ServerFault = 'corrupt' | 'cut' | 'missing';

export interface Published {
  /** Content of a small file, or the path of a large one. */
  readonly content: string | { readonly path: string };
}

export interface ReleaseServer {
  readonly url: string;
  close(): Promise<void>;
}

/** sha256 or sha512 of a file or text, in hex. */
export async function digestOf(algorithm: 'sha256' | 'sha512', { content }: Published): Promise<string> {
  const hash = createHash(algorithm);
  if (typeof content === 'string') return hash.update(content).digest('hex');
  for await (const chunk of createReadStream(content.path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/**
 * Starts the server on a free port.
 *
 * `POST /__fault?path=/…&kind=corrupt` makes one file misbehave, `kind=none` heals it; `GET /__requests` tells what was
 * asked for since the last time it was asked.
 */
export async function startReleaseServer(files: ReadonlyMap<string, Published>): Promise<ReleaseServer> {
  const faults = new Map<string, ServerFault>();
  let requests: string[] = [];
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname === '/__fault') {
      const path = url.searchParams.get('path') ?? '';
      const kind = url.searchParams.get('kind') ?? 'none';
      if (kind === 'none') faults.delete(path);
      else faults.set(path, kind as ServerFault);
      response.end('ok');
      return;
    }
    if (url.pathname === '/__requests') {
      response.end(JSON.stringify(requests));
      requests = [];
      return;
    }
    const path = decodeURIComponent(url.pathname);
    requests.push(`${request.method ?? ''} ${path}`);
    const file = files.get(path);
    const fault = faults.get(path);
    if (file === undefined || fault === 'missing') {
      response.writeHead(404).end('not found\n');
      return;
    }
    serve(file, fault, request.headers.range, request.method === 'HEAD', response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function serve(
  { content }: Published,
  fault: ServerFault | undefined,
  range: string | undefined,
  headOnly: boolean,
  response: ServerResponse,
): Promise<void> {
  const size = typeof content === 'string' ? Buffer.byteLength(content) : (await stat(content.path)).size;
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  response.writeHead(start > 0 ? 206 : 200, {
    'content-length': size - start,
    'accept-ranges': 'bytes',
    etag: `"${size}"`,
    ...(start > 0 ? { 'content-range': `bytes ${start}-${size - 1}/${size}` } : {}),
  });
  if (headOnly) {
    response.end();
    return;
  }
  const source =
    typeof content === 'string'
      ? Readable.from([Buffer.from(content).subarray(start)])
      : createReadStream(content.path, { start });
  let sent = 0;
  for await (const piece of source) {
    const chunk = Buffer.from(piece as Buffer);
    if (fault === 'corrupt' && sent === 0) chunk[0] = (chunk[0] ?? 0) ^ 0xff;
    sent += chunk.length;
    if (fault === 'cut' && sent * 2 > size) {
      response.destroy();
      return;
    }
    if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve));
  }
  response.end();
}

/** Reads a whole published file, for files that are small. */
export const textOf = async (path: string): Promise<string> => readFile(path, 'utf8');
