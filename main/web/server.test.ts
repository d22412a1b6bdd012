import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDashboard, type Dashboard } from '../dashboard';
import { fakeCore } from '../dashboard/fake-core';
import { startWeb, type WebServer } from './server';

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

const link = (): string => new URL(web.url).pathname + new URL(web.url).search;
async function enter(): Promise<string> {
  const { headers } = await ask(link());
  return String(headers['set-cookie']?.[0]).split(';')[0] ?? '';
}

/** The event stream of a window: what it was told so far, and its session. */
async function listen(cookie: string) {
  const stream = await open('/api/events', { headers: { cookie } });
  let told = '';
  stream.on('data', (chunk: Buffer) => (told += String(chunk)));
  stream.on('error', () => undefined);
  const session = await vi.waitFor(() => {
    const found = /event: hello\ndata: \{"session":"([^"]+)"\}/.exec(told)?.[1];
    if (found === undefined) throw new Error('no hello yet');
    return found;
  });
  return { session, told: () => told, close: () => stream.destroy() };
}
const call = (
  name: string,
  cookie: string,
  session: string,
  input: unknown = null,
  more: Record<string, string> = {},
) =>
  ask(`/api/call/${name}`, {
    method: 'POST',
    headers: { cookie, 'content-type': 'application/json', 'x-k3s-vm-session': session, ...more },
    body: JSON.stringify(input),
  });

describe('the link', () => {
  it('is exchanged once for a cookie that scripts and other sites do not get', async () => {
    const { status, headers } = await ask(link());
    expect({ status, to: headers.location }).toEqual({ status: 303, to: '/' });
    const [cookie = ''] = headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^k3s-vm-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/);
    const page = await ask('/', { headers: { cookie: cookie.split(';')[0] ?? '' } });
    expect(page).toMatchObject({ status: 200, body: '<!doctype html>the page' });

    const again = await ask(link());
    expect(again.status).toBe(401);
    expect(again.headers['set-cookie']).toBeUndefined();
    expect(again.body).toContain('k3s-vm dashboard --web');
  });

  it('is not used up by one who guesses', async () => {
    expect((await ask('/?token=guess')).status).toBe(401);
    expect((await ask(link())).status).toBe(303);
  });
});

describe('who is refused', () => {
  it.each<[string, Record<string, string>, number]>([
    ['without the cookie', { cookie: '' }, 401],
    ["with another server's cookie", { cookie: 'k3s-vm-1=x' }, 401],
    ['under another host name (DNS rebinding)', { host: 'evil.example:80' }, 421],
    ['from another origin', { origin: 'http://evil.example' }, 403],
    ['from another port of this machine', { origin: 'http://127.0.0.1:1' }, 403],
    ['embedded in another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 403],
  ])('%s', async (_who, headers, status) => {
    const cookie = await enter();
    for (const path of ['/', '/api/events', '/api/call/app.info'])
      expect((await ask(path, { headers: { cookie, ...headers } })).status, path).toBe(status);
  });

  it('an SSH tunnel that keeps the port, as localhost, is not', async () => {
    const cookie = await enter();
    const headers = { cookie, host: `localhost:${web.port}`, origin: `http://localhost:${web.port}` };
    expect((await ask('/', { headers })).status).toBe(200);
  });
});

describe('files', () => {
  it.each(['/notes.txt', '/../package.json', '/%2e%2e/package.json', '/..%2fserver.ts', '/nothing.js'])(
    'there is no %s',
    async (path) => {
      expect((await ask(path, { headers: { cookie: await enter() } })).status).toBe(404);
    },
  );

  it('come under a strict policy, and only those with a hash in their name are kept', async () => {
    const cookie = await enter();
    const page = await ask('/', { headers: { cookie } });
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(page.headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self';/,
    );
    const script = await ask('/chunk-ABCD1234.js', { headers: { cookie } });
    expect(script.headers['cache-control']).toContain('immutable');
  });
});

describe('calls', () => {
  it('are answered, errors as data', async () => {
    const cookie = await enter();
    const { session, close } = await listen(cookie);
    expect(JSON.parse((await call('app.info', cookie, session)).body)).toMatchObject({
      ok: true,
      value: { host: 'web', tray: false },
    });
    expect(JSON.parse((await call('no.such', cookie, session)).body)).toMatchObject({ ok: false });
    close();
  });

  it('need a window that listens, JSON, and measure', async () => {
    const cookie = await enter();
    const { session, close } = await listen(cookie);
    const status = async (...asked: Parameters<typeof call>) => (await call(...asked)).status;
    expect(await status('app.info', cookie, 'another')).toBe(409);
    expect(await status('app.info', cookie, session, null, { 'content-type': 'text/plain' })).toBe(415);
    expect(await status('settings.check', cookie, session, { text: 'x'.repeat(2 ** 20) })).toBe(413);
    expect((await ask('/api/call/app.info', { headers: { cookie } })).status).toBe(405);
    close();
    await vi.waitFor(async () => expect(await status('app.info', cookie, session)).toBe(409));
  });
});

it('tells every window what changes', async () => {
  const cookie = await enter();
  const windows = [await listen(cookie), await listen(cookie)] as const;
  await call('app.setPreferences', cookie, windows[0].session, { theme: 'dark' });
  for (const { told } of windows)
    await vi.waitFor(() => expect(told()).toContain('{"name":"preferences","payload":{"theme":"dark"'));
  for (const { close } of windows) close();
});

it('says when its port is taken', async () => {
  await expect(startWeb({ dashboard, rendererFolder: renderer, port: web.port })).rejects.toMatchObject({
    code: 'WEB_PORT_IN_USE',
  });
});
