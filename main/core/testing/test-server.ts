/**
 * A local HTTP server of files, for unit tests: ranges, validators, and faults on demand.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { StepProgress, WorkContext } from '../progress';

export interface TestServer {
  readonly url: string;
  /** Path to content. */
  readonly files: Map<string, Buffer | string>;
  /** `GET /path` or `GET /path bytes=5-`, in order. */
  readonly requests: string[];
  /** Asked first; true when it has answered by itself. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  /** Whether Range is understood, and whether there is an ETag. */
  ranges: boolean;
  etags: boolean;
  close(): Promise<void>;
}

/** Starts a server on a free port of the loopback. */
export async function testServer(): Promise<TestServer> {
  const state = {
    files: new Map<string, Buffer | string>(),
    requests: [] as string[],
    intercept: undefined as TestServer['intercept'],
    ranges: true,
    etags: true,
  };
  const server: Server = createServer((request, response) => {
    state.requests.push(`GET ${request.url ?? ''}${request.headers.range ? ` ${request.headers.range}` : ''}`);
    if (state.intercept?.(request, response)) return;
    const content = state.files.get(decodeURIComponent(request.url ?? ''));
    if (content === undefined) return void response.writeHead(404).end('no such file');
    const body = Buffer.from(content);
    const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`;
    if (state.etags) response.setHeader('etag', etag);
    const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
    const validator = request.headers['if-range'];
    if (from === undefined || !state.ranges || (validator !== undefined && validator !== etag)) {
      return void response.writeHead(200, { 'content-length': body.length }).end(body);
    }
    if (Number(from) >= body.length) {
      return void response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end();
    }
    const rest = body.subarray(Number(from));
    response.writeHead(206, {
      'content-length': rest.length,
      'content-range': `bytes ${from}-${body.length - 1}/${body.length}`,
    });
    response.end(rest);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

export const sha256 = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex');
export const sha512 = (content: Buffer | string): string => createHash('sha512').update(content).digest('hex');

/** What each test of downloads begins with. */
export interface TestCache {
  server: TestServer;
  /** Scratch space, with the cache in it. */
  folder: string;
  /** What was reported. */
  messages: string[];
  readonly context: WorkContext;
}

/** Gives every test of a file a server, and an empty cache in a folder of its own. */
export function useTestCache(): TestCache {
  const report = ({ message }: StepProgress): void => void (message === undefined || cache.messages.push(message));
  const cache = { messages: [], context: { signal: new AbortController().signal, report } } as unknown as TestCache;
  beforeEach(async () => {
    cache.server = await testServer();
    cache.folder = mkdtempSync(join(tmpdir(), 'k3s-vm-cache-'));
    cache.messages = [];
    process.env.K3S_VM_CACHE_DIR = join(cache.folder, 'cache');
  });
  afterEach(async () => {
    delete process.env.K3S_VM_CACHE_DIR;
    await cache.server.close();
    rmSync(cache.folder, { recursive: true, force: true });
  });
  return cache;
}
