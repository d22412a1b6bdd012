import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answer, isPage } from './renderer-files';

let root: string;
let folder: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'k3s-vm-renderer-'));
  folder = join(root, 'renderer');
  mkdirSync(join(folder, 'pages'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), '<p>page</p>');
  writeFileSync(join(folder, 'pages', 'logs-A1.js'), '1');
  writeFileSync(join(folder, '.hidden.js'), '2');
  writeFileSync(join(folder, 'app.cjs'), '3');
  writeFileSync(join(root, 'secret.js'), '4');
  symlinkSync(join(root, 'secret.js'), join(root, 'link.js'));
});
afterAll(() => rmSync(root, { recursive: true }));

const get = (url: string, method = 'GET') => answer({ method, url }, folder);

test('the page comes with a policy that lets in nothing but its own files', async () => {
  const response = await get('app://dashboard/index.html');
  expect(response.status).toBe(200);
  expect(await response.text()).toBe('<p>page</p>');
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  const policy = response.headers.get('content-security-policy') ?? '';
  expect(policy).toMatch(/^default-src 'none'; script-src 'self';/);
  expect(policy).not.toMatch(/unsafe|\*|https?:/);
});

test('its chunks are served, with a query or without', async () => {
  const response = await get('app://dashboard/pages/logs-A1.js?x=../../..');
  expect(await response.text()).toBe('1');
  expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
});

test.each([
  'app://dashboard/',
  'app://dashboard/../secret.js',
  'app://dashboard/pages/../../secret.js',
  'app://dashboard/..%2fsecret.js',
  'app://dashboard/%2e%2e/secret.js',
  'app://dashboard/..\\secret.js',
  'app://dashboard//etc/passwd.js',
  'app://dashboard/.hidden.js',
  'app://dashboard/app.cjs',
  'app://dashboard/missing.js',
  'app://dashboard/pages',
  'app://other/index.html',
  'app://dashboard.evil/index.html',
  'file:///etc/passwd',
])('%s is not found, and tells nothing', async (url) => {
  const response = await get(url);
  expect(response.status).toBe(404);
  expect(await response.text()).toBe('');
});

test('nothing but GET is answered', async () => {
  expect((await get('app://dashboard/index.html', 'POST')).status).toBe(404);
});

test.each([
  ['app://dashboard/index.html', true],
  ['app://dashboard/index.html#logs', true],
  ['app://dashboard/index.html?x', true],
  ['app://dashboard/app.js', false],
  ['app://dashboard/index.html.evil', false],
  ['app://dashboard@evil/index.html', false],
  ['https://dashboard/index.html', false],
  ['about:blank', false],
  ['', false],
])('isPage(%s): %s', (url, ours) => {
  expect(isPage(url)).toBe(ours);
});
