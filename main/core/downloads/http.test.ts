import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchText } from './fetch-text';
import { get } from './http';
import { proxyFor } from './http-proxy';
import { testServer, type TestServer } from '../testing/test-server';

let server: TestServer;
beforeEach(async () => {
  server = await testServer();
});
afterEach(() => server.close());

const { signal } = new AbortController();
const text = (path: string): Promise<string | undefined> =>
  fetchText(`${server.url}${path}`, { what: 'The list', signal, timeoutMs: 2000 });

describe('fetchText', () => {
  it('gets a text, and undefined where there is none', async () => {
    server.files.set('/SUMS', 'abc');
    expect(await text('/SUMS')).toBe('abc');
    expect(await text('/none')).toBeUndefined();
  });

  it('follows redirects, relative ones too, but not in circles', async () => {
    server.files.set('/there', 'found');
    server.intercept = (request, response) => {
      const to = { '/here': '/hop', '/hop': `${server.url}/there`, '/circle': '/circle' }[request.url ?? ''];
      if (to === undefined) return false;
      response.writeHead(302, { location: to }).end();
      return true;
    };
    expect(await text('/here')).toBe('found');
    await expect(text('/circle')).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('circle') as string,
    });
  });

  it.each([
    ['http://mirror.invalid/x', 'plain http'],
    ['file:///etc/passwd', 'not an http(s) address'],
    ['http://', 'an invalid address'],
  ])('does not follow a redirect to %s', async (location, said) => {
    server.files.set('/there', 'found');
    server.intercept = (request, response) => {
      // At the first hop or a later one
      if (request.url === '/hop') response.writeHead(307, { location: '/here' }).end();
      else response.writeHead(301, { location }).end();
      return true;
    };
    for (const path of ['/here', '/hop']) {
      await expect(text(path)).rejects.toMatchObject({
        code: 'DOWNLOAD_FAILED',
        message: expect.stringContaining(said) as string,
      });
    }
  });

  it('takes no texts over plain http from elsewhere: nothing can check them', async () => {
    const asked = fetchText('http://me:secret@mirror.invalid/SHA512SUMS', { what: 'The list', signal });
    await expect(asked).rejects.toMatchObject({
      code: 'INSECURE_SOURCE',
      message: expect.not.stringContaining('secret') as string,
    });
  });

  it('tells a user name and password to their own server only', async () => {
    const other = await testServer();
    const told: string[] = [];
    for (const [name, { url }] of Object.entries({ own: server, other })) {
      const one = name === 'own' ? server : other;
      one.intercept = (request, response) => {
        told.push(`${name} ${request.url} ${request.headers.authorization ?? 'nothing'}`);
        const to = { '/first': '/second', '/second': `${other.url}/third` }[request.url ?? ''];
        if (to === undefined) response.end(`the text of ${url}`);
        else response.writeHead(302, { location: to }).end();
        return true;
      };
    }
    const from = new URL('/first', server.url);
    from.username = 'me';
    from.password = 'p@ss';
    await fetchText(from.href, { what: 'The list', signal });
    const basic = `Basic ${Buffer.from('me:p@ss').toString('base64')}`;
    expect(told).toEqual([`own /first ${basic}`, `own /second ${basic}`, 'other /third nothing']);
    await other.close();
  });

  it('names other statuses', async () => {
    server.intercept = (_request, response) => (response.writeHead(500).end(), true);
    await expect(text('/x')).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('500') as string,
    });
  });

  it('is offline when nobody answers', async () => {
    server.intercept = () => true;
    const asked = fetchText(server.url, { what: 'The list', signal, timeoutMs: 50 });
    await expect(asked).rejects.toMatchObject({ code: 'OFFLINE' });
  });
});

describe('proxyFor', () => {
  const proxy = (url: string, env: Record<string, string>): string | undefined => proxyFor(new URL(url), env)?.host;
  const env = { HTTPS_PROXY: 'http://proxy:3128', http_proxy: 'plain:8080' };

  it('reads the variables', () => {
    expect(proxy('https://example.org/', env)).toBe('proxy:3128');
    expect(proxy('http://example.org/', env)).toBe('plain:8080');
    expect(proxy('https://example.org/', { ALL_PROXY: 'http://all:1' })).toBe('all:1');
    expect(proxy('https://example.org/', { HTTPS_PROXY: '' })).toBeUndefined();
    expect(proxy('https://example.org/', {})).toBeUndefined();
  });

  it.each([
    ['example.org', true],
    ['.example.org', true],
    ['*.org', true],
    ['other, example.org', true],
    ['*', true],
    ['example.org:443', true],
    ['example.org:8443', false],
    ['ample.org', false],
    ['sub.example.org', false],
  ])('leaves out what NO_PROXY lists: %s', (list, direct) => {
    expect(proxy('https://example.org/', { ...env, NO_PROXY: list }) === undefined).toBe(direct);
  });

  it.each(['http://localhost:8080/', 'http://127.0.0.1/', 'https://[::1]/'])(
    'asks this machine directly: %s',
    (url) => {
      expect(proxy(url, env)).toBeUndefined();
    },
  );

  it('knows IPv6 addresses in NO_PROXY', () => {
    expect(proxy('https://[fe80::1]/', { ...env, NO_PROXY: 'fe80::1' })).toBeUndefined();
    expect(proxy('https://[fe80::1]:8443/', { ...env, NO_PROXY: '[fe80::1]:8443' })).toBeUndefined();
    expect(proxy('https://[fe80::2]/', { ...env, NO_PROXY: 'fe80::1' })).toBe('proxy:3128');
  });
});

describe('get through a proxy', () => {
  let proxy: Server;
  let seen: string[];
  let url: string;
  beforeEach(async () => {
    seen = [];
    proxy = createServer((request, response) => {
      expect(request.headers.authorization).toBeUndefined();
      seen.push(`${request.method} ${request.url} ${request.headers['proxy-authorization']} ${request.headers.host}`);
      response.end('from the proxy');
    });
    proxy.on('connect', (request, socket) => {
      seen.push(`CONNECT ${request.url}`);
      if (request.url?.startsWith('refused')) return socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      // Whatever the name, it is here
      const onwards = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        onwards.pipe(socket).pipe(onwards);
      });
      onwards.on('error', () => socket.destroy());
      socket.on('error', () => onwards.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    url = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    proxy.closeAllConnections();
    proxy.close();
  });

  it('asks it for http URLs, with credentials', async () => {
    const env = { HTTP_PROXY: `http://me:p%40ss@${url}` };
    const { status, body } = await get('http://example.invalid/file?x=1', { timeoutMs: 2000, env });
    expect(status).toBe(200);
    expect((await body.toArray()).join('')).toBe('from the proxy');
    const basic = Buffer.from('me:p@ss').toString('base64');
    expect(seen).toEqual([`GET http://example.invalid/file?x=1 Basic ${basic} example.invalid`]);
  });

  it('keeps the user name and password of a server out of the request line', async () => {
    const lines: string[] = [];
    proxy.removeAllListeners('request').on('request', (request, response) => {
      lines.push(`${request.url} ${request.headers.authorization}`);
      response.end();
    });
    await get('http://you:secret@example.invalid/file', { timeoutMs: 2000, env: { HTTP_PROXY: `http://me:p@${url}` } });
    expect(lines).toEqual([`http://example.invalid/file Basic ${Buffer.from('you:secret').toString('base64')}`]);
  });

  it('says so when there is no TLS at the end of the tunnel', async () => {
    const target = new URL(server.url).port;
    const asked = get(`https://server.invalid:${target}/file`, {
      timeoutMs: 2000,
      env: { HTTPS_PROXY: `http://${url}` },
    });
    await expect(asked).rejects.toMatchObject({ code: 'ERR_SSL_WRONG_VERSION_NUMBER' });
    expect(seen).toEqual([`CONNECT server.invalid:${target}`]);
  });

  it.skipIf(spawnSync('openssl', ['version']).error !== undefined)('tunnels https URLs', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'k3s-vm-tls-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const made = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-subj',
      '/CN=localhost',
    ];
    execFileSync('openssl', [...made, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    const secure = createSecureServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
      response.end(`secret ${request.url} for ${request.headers.host}`);
    });
    rmSync(folder, { recursive: true });
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    const { port } = secure.address() as AddressInfo;
    const ask = (): ReturnType<typeof get> =>
      get(`https://server.invalid:${port}/file`, { timeoutMs: 2000, env: { HTTPS_PROXY: `http://${url}` } });
    try {
      await expect(ask()).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
      const { body } = await ask();
      expect((await body.toArray()).join('')).toBe(`secret /file for server.invalid:${port}`);
      expect(seen).toEqual([`CONNECT server.invalid:${port}`, `CONNECT server.invalid:${port}`]);
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      secure.closeAllConnections();
      secure.close();
    }
  });

  it('names a refusal', async () => {
    const asked = get('https://refused.invalid/', { timeoutMs: 2000, env: { HTTPS_PROXY: `http://${url}` } });
    await expect(asked).rejects.toMatchObject({
      code: 'PROXY_REFUSED',
      message: expect.stringContaining('403') as string,
    });
  });
});
