import { execFile } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDashboard, type Dashboard } from '../dashboard';
import { fakeCore } from '../dashboard/fake-core';
import type { TokenScope } from './guard';
import { startWeb, type WebLimits, type WebServer } from './server';

let home: string;
let renderer: string;
let dashboard: Dashboard;
let web: WebServer;

beforeEach(async () => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'k3s-vm-web-')));
  renderer = mkdtempSync(join(tmpdir(), 'k3s-vm-window-'));
  writeFileSync(join(renderer, 'index.html'), '<!doctype html>the page');
  writeFileSync(join(renderer, 'chunk-ABCD1234.js'), '1');
  writeFileSync(join(renderer, 'notes.txt'), 'not the page');
  const project = mkdtempSync(join(home, 'project-'));
  const env = { HOME: home };
  dashboard = createDashboard({ host: 'web', project, version: '1', bin: '/bin', tray: false, env }, fakeCore(env));
  web = await startWeb({ dashboard, rendererFolder: renderer });
});
afterEach(async () => {
  await web.close();
  await dashboard.close();
  for (const folder of [home, renderer]) rmSync(folder, { recursive: true });
});

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}
interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const open = (path: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    request({ port: web.port, host: '127.0.0.1', path, method, headers, agent: false }, resolve)
      .on('error', reject)
      .end(body);
  });
async function ask(path: string, asked?: Asked): Promise<Answered> {
  const response = await open(path, asked);
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

const tokenOf = (link: string): string => new URLSearchParams(new URL(link).hash.slice(1)).get('token') ?? '';
const exchange = (token: unknown, headers: Record<string, string> = {}): Promise<Answered> =>
  ask('/api/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ token }),
  });
/** Opens a link as the page does. @returns the header that carries its secret */
async function enter(scope: TokenScope = 'anyone'): Promise<{ readonly authorization: string }> {
  const { body } = await exchange(tokenOf(web.link(scope)));
  return { authorization: `Bearer ${(JSON.parse(body) as { readonly secret: string }).secret}` };
}
type Access = Awaited<ReturnType<typeof enter>>;

/** The event stream of a window: what it was told so far, and its session. */
async function listen(access: Access) {
  const stream = await open('/api/events', { headers: { ...access } });
  let told = '';
  stream.on('data', (chunk: Buffer) => (told += String(chunk)));
  stream.on('error', () => undefined);
  const session = await vi.waitFor(() => {
    const found = /^\{"session":"([^"]+)"\}\n/.exec(told)?.[1];
    if (found === undefined) throw new Error('no session yet');
    return found;
  });
  return { session, told: () => told, close: () => stream.destroy() };
}
const call = (
  name: string,
  access: Access,
  session: string,
  input: unknown = null,
  more: Record<string, string> = {},
) =>
  ask(`/api/call/${name}`, {
    method: 'POST',
    headers: { ...access, 'content-type': 'application/json', 'x-k3s-vm-session': session, ...more },
    body: JSON.stringify(input),
  });

describe('a link', () => {
  it('has its token where no server and no log sees it', () => {
    expect(web.link('anyone')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}$/);
  });

  it('opens one page: its token is exchanged once for a secret', async () => {
    const token = tokenOf(web.link('anyone'));
    const first = await exchange(token);
    expect(first.status).toBe(200);
    expect(JSON.parse(first.body)).toEqual({ secret: expect.stringMatching(/^[\w-]{43}$/) });
    expect(await exchange(token)).toMatchObject({ status: 401, body: '' });
  });

  it('is not used up by one who guesses, nor by another link', async () => {
    const token = tokenOf(web.link('anyone'));
    await enter('own-user');
    for (const guess of ['guess', '', undefined, null, 7, [token], { token }])
      expect((await exchange(guess)).status, String(guess)).toBe(401);
    expect((await exchange(token)).status).toBe(200);
  });

  it('that a browser is given on its command line opens for our own user', async () => {
    expect((await enter('own-user')).authorization).toMatch(/^Bearer [\w-]{43}$/);
  });

  it.runIf(process.geteuid?.() === 0)('and for no other user, who does not use it up either', async () => {
    const token = tokenOf(web.link('own-user'));
    const script = `fetch('http://127.0.0.1:${web.port}/api/session', {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: ${JSON.stringify(JSON.stringify({ token }))},
    }).then((response) => console.log(response.status))`;
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { uid: 65_534, gid: 65_534 });
    expect(stdout).toBe('401\n');
    expect((await exchange(token)).status).toBe(200);
  });
});

describe('who is refused', () => {
  const refused: [string, Record<string, string>, number][] = [
    ['without the secret', {}, 401],
    ['with another secret', { authorization: `Bearer ${'x'.repeat(43)}` }, 401],
    ['with the secret as a cookie, which any other port of this host receives', {}, 401],
    ['under another host name (DNS rebinding)', { host: 'evil.example:80' }, 421],
    ['from another origin', { origin: 'http://evil.example' }, 403],
    ['from another port of this machine', { origin: 'http://127.0.0.1:1' }, 403],
    ['from a page without an origin', { origin: 'null' }, 403],
    ['embedded in another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 403],
    ['embedded in another port of this host', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }, 403],
  ];
  it.each(refused)('%s', async (who, headers, status) => {
    const { authorization } = await enter();
    const secret = authorization.slice('Bearer '.length);
    const access =
      status !== 401
        ? { authorization }
        : { cookie: `secret=${secret}; k3s-vm=${secret}; k3s-vm-${web.port}=${secret}` };
    for (const [path, method] of [
      ['/api/events', 'GET'],
      ['/api/call/app.info', 'POST'],
      ['/api/call/settings.set', 'POST'],
      ['/api/nothing', 'GET'],
    ] as const)
      expect((await ask(path, { method, headers: { ...access, ...headers } })).status, `${who} ${path}`).toBe(status);
    // The files are for anyone who may talk to us at all
    if (status !== 401) expect((await ask('/', { headers })).status).toBe(status);
    if (status !== 401) expect((await exchange(tokenOf(web.link('anyone')), headers)).status).toBe(status);
  });

  it('a page of another origin that asks first', async () => {
    const { status, headers } = await ask('/api/events', {
      method: 'OPTIONS',
      headers: { origin: 'http://127.0.0.1:1', 'access-control-request-headers': 'authorization' },
    });
    expect(status).toBe(403);
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('nobody is given a cookie', async () => {
    const access = await enter();
    const { session, close } = await listen(access);
    for (const { headers } of [
      await ask('/'),
      await exchange(tokenOf(web.link('anyone'))),
      await call('app.info', access, session),
    ])
      expect(headers['set-cookie']).toBeUndefined();
    close();
  });

  it('an SSH tunnel that keeps the port, as localhost, is not', async () => {
    const headers = { ...(await enter()), host: `localhost:${web.port}`, origin: `http://localhost:${web.port}` };
    const stream = await open('/api/events', { headers });
    expect(stream.statusCode).toBe(200);
    stream.destroy();
  });
});

describe('files', () => {
  it.each(['/notes.txt', '/../package.json', '/%2e%2e/package.json', '/..%2fserver.ts', '/nothing.js', '//'])(
    'there is no %s',
    async (path) => {
      expect((await ask(path)).status).toBeGreaterThanOrEqual(400);
    },
  );

  it('come under a strict policy, and only those with a hash in their name are kept', async () => {
    const page = await ask('/');
    expect(page).toMatchObject({ status: 200, body: '<!doctype html>the page' });
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(page.headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self';/,
    );
    const script = await ask('/chunk-ABCD1234.js');
    expect(script.headers['cache-control']).toContain('immutable');
  });
});

describe('calls', () => {
  it('are answered, errors as data', async () => {
    const access = await enter();
    const { session, close } = await listen(access);
    expect(JSON.parse((await call('app.info', access, session)).body)).toMatchObject({
      ok: true,
      value: { host: 'web', tray: false },
    });
    expect(JSON.parse((await call('no.such', access, session)).body)).toMatchObject({ ok: false });
    close();
  });

  it('need a window that listens, JSON, and measure', async () => {
    const access = await enter();
    const { session, close } = await listen(access);
    const status = async (...asked: Parameters<typeof call>) => (await call(...asked)).status;
    expect(await status('app.info', access, 'another')).toBe(409);
    expect(await status('app.info', access, session, null, { 'content-type': 'text/plain' })).toBe(415);
    expect(await status('settings.check', access, session, { text: 'x'.repeat(2 ** 20) })).toBe(413);
    expect((await ask('/api/call/app.info', { headers: { ...access } })).status).toBe(405);
    close();
    await vi.waitFor(async () => expect(await status('app.info', access, session)).toBe(409));
  });
});

it('tells every window what changes', async () => {
  const access = await enter();
  const windows = [await listen(access), await listen(access)] as const;
  await call('app.setPreferences', access, windows[0].session, { theme: 'dark' });
  for (const { told } of windows)
    await vi.waitFor(() => expect(told()).toContain('{"push":{"name":"preferences","payload":{"theme":"dark"'));
  for (const { close } of windows) close();
});

it('says when its port is taken', async () => {
  await expect(startWeb({ dashboard, rendererFolder: renderer, port: web.port })).rejects.toMatchObject({
    code: 'WEB_PORT_IN_USE',
  });
});

describe('slow clients', () => {
  const limits: WebLimits = { headersMs: 300, requestMs: 600, strangerMs: 1200, mostStrangers: 4 };
  let slow: WebServer;
  let sockets: Socket[];
  beforeEach(async () => {
    slow = await startWeb({ dashboard, rendererFolder: renderer, limits });
    sockets = [];
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await slow.close();
  });

  /** Opens a connection that says something. @returns how long it lasted, in milliseconds, and what it was told */
  function talk(text: string, { every }: { readonly every?: string } = {}): Promise<{ ms: number; told: string }> {
    const startedAt = performance.now();
    return new Promise((resolve) => {
      let told = '';
      const socket = connect(slow.port, '127.0.0.1', () => socket.write(text));
      sockets.push(socket);
      const drip = every === undefined ? undefined : setInterval(() => socket.write(every), 50);
      socket.on('data', (chunk: Buffer) => (told += chunk.toString()));
      socket.on('error', () => undefined);
      socket.on('close', () => {
        clearInterval(drip);
        resolve({ ms: performance.now() - startedAt, told });
      });
    });
  }
  const host = (): string => `Host: 127.0.0.1:${slow.port}\r\n`;

  it.each<[string, () => Parameters<typeof talk>, number]>([
    ['says nothing', () => [''], limits.strangerMs],
    ['sends its headers drop by drop', () => ['GET / HTTP/1.1\r\n', { every: 'X-A: b\r\n' }], limits.headersMs],
    [
      'sends its body drop by drop',
      () => [
        `POST /api/session HTTP/1.1\r\n${host()}Content-Type: application/json\r\nContent-Length: 900\r\n\r\n`,
        { every: 'x' },
      ],
      limits.requestMs,
    ],
    [
      'asks again and again without the secret',
      () => [`GET /nothing HTTP/1.1\r\n${host()}\r\n`, { every: `GET /nothing HTTP/1.1\r\n${host()}\r\n` }],
      limits.strangerMs,
    ],
  ])('one that %s is gone in time', async (_what, asked, limitMs) => {
    const { ms } = await talk(...asked());
    // Node looks every headersMs
    expect(ms).toBeLessThan(limitMs + 2 * limits.headersMs + 300);
  });

  it('do not hold the page up, however many there are', async () => {
    const many = Array.from({ length: 50 }, () => talk('GET / HTTP/1.1\r\n', { every: 'X-A: b\r\n' }));
    const startedAt = performance.now();
    const response = await fetch(`http://127.0.0.1:${slow.port}/`);
    expect(response.status).toBe(200);
    expect(performance.now() - startedAt).toBeLessThan(limits.headersMs);
    await Promise.all(many);
  });

  it('are told from a window, whose stream stays', async () => {
    const answer = await fetch(`http://127.0.0.1:${slow.port}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: tokenOf(slow.link('anyone')) }),
    });
    const { secret } = (await answer.json()) as { readonly secret: string };
    const stream = talk(`GET /api/events HTTP/1.1\r\n${host()}Authorization: Bearer ${secret}\r\n\r\n`);
    await Promise.all(Array.from({ length: 20 }, () => talk('GET / HTTP/1.1\r\n')));
    const still = await Promise.race([
      stream.then(() => 'closed'),
      new Promise((resolve) => setTimeout(() => resolve('open'), limits.strangerMs + 300)),
    ]);
    expect(still).toBe('open');
    sockets[0]?.destroy();
    expect((await stream).told).toContain('{"session":');
  });
});
