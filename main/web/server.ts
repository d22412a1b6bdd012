/**
 * The web form's server: the window's files, one call each POST, and everything that is told on one event stream
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CallName } from '../../preload/api';
import { k3sVmError } from '../core/errors';
import type { Dashboard, DashboardSession } from '../dashboard';
import { webFile } from './files';
import { createGuard } from './guard';
import { refusalPage } from './refusal-page';

export interface WebOptions {
  readonly dashboard: Dashboard;
  /** Folder of the built window. */
  readonly rendererFolder: string;
  /** Default: a free one. */
  readonly port?: number;
}

export interface WebServer {
  /** Opens the dashboard once: the token in it is used up by that. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

const largestCall = 1024 * 1024;
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
export async function startWeb({ dashboard, rendererFolder, port: wanted = 0 }: WebOptions): Promise<WebServer> {
  const sessions = new Map<string, DashboardSession>();
  const server = createServer((request, response) => {
    respond(request, response).catch(() => {
      if (!response.headersSent) response.writeHead(500, headers);
      response.end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? k3sVmError('WEB_PORT_IN_USE', { port: wanted }, error) : error),
    );
    server.listen(wanted, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const guard = createGuard(port);

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const say = (status: number, text = ''): void => void response.writeHead(status, headers).end(text);
    const refused = guard.refusal(request);
    if (refused === 401 && pathname === '/' && request.method === 'GET') {
      const cookie = guard.redeem(searchParams.get('token') ?? '');
      if (cookie !== undefined) {
        response.writeHead(303, { ...headers, 'Set-Cookie': cookie, Location: '/' }).end();
        return;
      }
      response.writeHead(401, { ...headers, 'Content-Type': 'text/html; charset=utf-8' }).end(refusalPage);
      return;
    }
    if (refused !== undefined) return say(refused);
    if (pathname.startsWith('/api/')) return api(pathname.slice('/api/'.length), request, response, say);
    if (request.method !== 'GET' && request.method !== 'HEAD') return say(405);
    const file = await webFile(rendererFolder, pathname);
    if (file === undefined) return say(404);
    const caching = file.immutable ? { 'Cache-Control': 'private, max-age=31536000, immutable' } : {};
    response.writeHead(200, {
      ...headers,
      ...caching,
      'Content-Type': file.type,
      'Content-Length': file.content.length,
    });
    response.end(request.method === 'HEAD' ? undefined : file.content);
  }

  async function api(
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
    say: (status: number, text?: string) => void,
  ): Promise<void> {
    if (path === 'events') return request.method === 'GET' ? events(request, response) : say(405);
    if (!path.startsWith('call/')) return say(404);
    if (request.method !== 'POST') return say(405);
    // A form of another site cannot send this type without asking first
    if (request.headers['content-type'] !== 'application/json') return say(415);
    const session = sessions.get(String(request.headers['x-k3s-vm-session']));
    if (session === undefined) return say(409);
    const body = await read(request);
    if (body === undefined) return say(413);
    let input: unknown;
    try {
      input = JSON.parse(body);
    } catch {
      return say(400);
    }
    const answer = JSON.stringify(await session.call(path.slice('call/'.length) as CallName, input));
    response.writeHead(200, { ...headers, 'Content-Type': 'application/json' }).end(answer);
  }

  function events(request: IncomingMessage, response: ServerResponse): void {
    const id = randomUUID();
    response.writeHead(200, { ...headers, 'Content-Type': 'text/event-stream' });
    const send = (event: string, data: unknown): void => {
      response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      if (response.writableLength > mostUnsent) response.destroy();
    };
    const session = dashboard.connect((push) => send('push', push));
    sessions.set(id, session);
    const heartbeat = setInterval(() => response.write(': alive\n\n'), heartbeatMs);
    request.on('close', () => {
      clearInterval(heartbeat);
      sessions.delete(id);
      session.close();
    });
    send('hello', { session: id });
  }

  return {
    url: `http://127.0.0.1:${port}/?token=${guard.token}`,
    port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A request's body; undefined when it is larger than any call. */
async function read(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestCall) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
