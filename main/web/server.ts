/**
 * The web dashboard's server: the window's files, which hold no secret and are given to anyone; one POST a call; and one
 * stream for everything that is told, a JSON message a line.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CallName, WebMessage } from '../../preload/api';
import type { Dashboard, DashboardSession } from '../dashboard';
import { webError } from './errors';
import { webFile } from './files';
import { createGuard, type TokenScope } from './guard';
import { isOwnUser } from './peer';
import { createStrangers } from './strangers';

/** What a connection may take, in milliseconds unless it says otherwise. */
export interface WebLimits {
  /** Until a request's headers are complete. */
  readonly headersMs: number;
  /** Until the whole request is. */
  readonly requestMs: number;
  /** How long a connection without the secret may be open. */
  readonly strangerMs: number;
  /** How many of those there may be. */
  readonly mostStrangers: number;
}

const usual: WebLimits = { headersMs: 5000, requestMs: 15_000, strangerMs: 60_000, mostStrangers: 64 };

export interface WebOptions {
  readonly dashboard: Dashboard;
  /** Folder of the built window. */
  readonly rendererFolder: string;
  /** Default: a free one. */
  readonly port?: number;
  readonly limits?: WebLimits;
}

export interface WebServer {
  readonly port: number;
  /** A new link that opens the dashboard in one tab. `own-user`: for a browser that is given it on its command line. */
  link(scope: TokenScope): string;
  close(): Promise<void>;
}

const largestCall = 1024 * 1024;
const largestToken = 1024;
/** A window that takes in less than this is behind will not catch up: it reconnects and asks for everything anew. */
const mostUnsent = 32 * 1024 * 1024;
const heartbeatMs = 15_000;

const headers = {
  // Radix and the virtual lists set styles through the CSSOM, which style-src does not concern
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

/**
 * Starts the server on 127.0.0.1.
 *
 * @throws WEB_PORT_IN_USE when the port is taken
 */
export async function startWeb(options: WebOptions): Promise<WebServer> {
  const { dashboard, rendererFolder, port: wanted = 0, limits = usual } = options;
  const sessions = new Map<string, DashboardSession>();
  const strangers = createStrangers({ most: limits.mostStrangers, longestMs: limits.strangerMs });
  const server = createServer(
    {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      // Node's own 30 s would let a slow request live that much longer
      connectionsCheckingInterval: Math.min(1000, limits.headersMs),
    },
    (request, response) => {
      respond(request, response).catch(() => {
        if (!response.headersSent) response.writeHead(500, headers);
        response.end();
      });
    },
  );
  server.on('connection', strangers.add);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? webError('WEB_PORT_IN_USE', { port: wanted }, error) : error),
    );
    server.listen(wanted, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const guard = createGuard(port);

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const say = (status: number, text = ''): void => void response.writeHead(status, headers).end(text);
    const refused = guard.foreignStatus(request);
    if (refused !== undefined) return say(refused);
    if (!URL.canParse(request.url ?? '/', 'http://127.0.0.1')) return say(400);
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (!pathname.startsWith('/api/')) return file(pathname, request, response, say);
    if (pathname === '/api/session') return session(request, response, say);
    if (!guard.hasSecret(request)) return say(401);
    strangers.trust(request.socket);
    return api(pathname.slice('/api/'.length), request, response, say);
  }

  async function file(path: string, request: IncomingMessage, response: ServerResponse, say: Say): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return say(405);
    const found = await webFile(rendererFolder, path);
    if (found === undefined) return say(404);
    const caching = found.immutable ? { 'Cache-Control': 'private, max-age=31536000, immutable' } : {};
    response.writeHead(200, {
      ...headers,
      ...caching,
      'Content-Type': found.type,
      'Content-Length': found.content.length,
    });
    response.end(request.method === 'HEAD' ? undefined : found.content);
  }

  /** The page's first request: the token of its link for the secret of all others. */
  async function session(request: IncomingMessage, response: ServerResponse, say: Say): Promise<void> {
    const input = await jsonBody(request, largestToken);
    if ('status' in input) return say(input.status);
    const { token } = (input.value ?? {}) as { readonly token?: unknown };
    const secret = guard.redeem(typeof token === 'string' ? token : '', () => isOwnUser(request.socket));
    if (secret === undefined) return say(401);
    response.writeHead(200, { ...headers, 'Content-Type': 'application/json' }).end(JSON.stringify({ secret }));
  }

  async function api(path: string, request: IncomingMessage, response: ServerResponse, say: Say): Promise<void> {
    if (path === 'events') return request.method === 'GET' ? events(request, response) : say(405);
    if (!path.startsWith('call/')) return say(404);
    const input = await jsonBody(request, largestCall);
    if ('status' in input) return say(input.status);
    const window = sessions.get(String(request.headers['x-k3s-vm-session']));
    if (window === undefined) return say(409);
    const answer = JSON.stringify(await window.call(path.slice('call/'.length) as CallName, input.value));
    response.writeHead(200, { ...headers, 'Content-Type': 'application/json' }).end(answer);
  }

  function events(request: IncomingMessage, response: ServerResponse): void {
    const id = randomUUID();
    response.writeHead(200, { ...headers, 'Content-Type': 'application/x-ndjson' });
    const send = (message: WebMessage): void => {
      response.write(`${JSON.stringify(message)}\n`);
      if (response.writableLength > mostUnsent) response.destroy();
    };
    const window = dashboard.connect((push) => send({ push }));
    sessions.set(id, window);
    // Keeps proxies and tunnels from closing a quiet stream
    const heartbeat = setInterval(() => response.write('\n'), heartbeatMs);
    request.on('close', () => {
      clearInterval(heartbeat);
      sessions.delete(id);
      window.close();
    });
    send({ session: id });
  }

  return {
    port,
    // The fragment is not sent with the page's own request, so it shows in no log and no Referer
    link: (scope) => `http://127.0.0.1:${port}/#token=${guard.issueToken(scope)}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

type Say = (status: number, text?: string) => void;

/** A request's JSON body, or the HTTP status that refuses it. */
async function jsonBody(
  request: IncomingMessage,
  largest: number,
): Promise<{ readonly value: unknown } | { readonly status: number }> {
  if (request.method !== 'POST') return { status: 405 };
  // A form of another site cannot send this type without asking first
  if (request.headers['content-type'] !== 'application/json') return { status: 415 };
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largest) return { status: 413 };
    chunks.push(chunk);
  }
  try {
    return { value: JSON.parse(Buffer.concat(chunks).toString('utf8')) };
  } catch {
    return { status: 400 };
  }
}
