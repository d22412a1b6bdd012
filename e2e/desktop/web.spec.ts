/**
 * The web dashboard in a browser: who gets in, and what other pages of the same browser can reach.
 */
import type { Page } from '@playwright/test';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { access } from '../../renderer/strings';
import { openDashboard, type WebDashboard } from '../harness/dashboard';
import { appFolder } from './app-folder';
import { expect, test as base } from './desktop';

declare const sessionStorage: { getItem(key: string): string | null };

const test = base.extend<{ readonly dashboard: WebDashboard }>({
  dashboard: async ({ user }, use) => {
    const opened = await openDashboard(appFolder, { dir: user.project, home: user.home });
    await use(opened);
    await opened.close();
  },
});

const isOpen = (page: Page) => expect(page.getByRole('navigation').first()).toBeVisible();
const isRefused = (page: Page) => expect(page.getByText(access.title)).toBeVisible();

test('a link opens one tab, which a reload keeps', async ({ dashboard: { page, complaints } }) => {
  await isOpen(page);
  expect(new URL(page.url()).hash).toBe('');
  await page.reload();
  await isOpen(page);
  expect(complaints).toEqual([]);
  expect(await page.context().cookies()).toEqual([]);

  const second = await page.context().newPage();
  await second.goto(page.url());
  await isRefused(second);
  await expect(second.getByText(access.command)).toBeVisible();
  // What another page makes of our address ends no access
  await page.goto(`${page.url()}#token=invented`);
  await page.reload();
  await isOpen(page);
});

test('an app on another port of this host is sent nothing of it and reaches nothing', async ({ dashboard }) => {
  const { page } = dashboard;
  await isOpen(page);
  const address = new URL(page.url()).origin;
  const received: IncomingHttpHeaders[] = [];
  const app = createServer((request, response) => {
    received.push(request.headers);
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>a workload</title>');
  });
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  try {
    const other = await page.context().newPage();
    await other.goto(`http://127.0.0.1:${(app.address() as AddressInfo).port}/`);
    expect(received.map(({ cookie, authorization }) => ({ cookie, authorization }))).toEqual(
      received.map(() => ({ cookie: undefined, authorization: undefined })),
    );
    const reached = await other.evaluate(async (address) => {
      const ask = (path: string, init: RequestInit) =>
        fetch(`${address}${path}`, { credentials: 'include', ...init }).then(
          (response) => `${response.type} ${response.status}`,
          () => 'failed',
        );
      const json = { 'Content-Type': 'application/json' };
      return {
        read: await ask('/', {}),
        stream: await ask('/api/events', { mode: 'no-cors' }),
        call: await ask('/api/call/app.info', { method: 'POST', headers: json, body: 'null' }),
        session: await ask('/api/session', { method: 'POST', headers: json, body: '{"token":"x"}' }),
        secret: sessionStorage.getItem('k3s-vm-secret'),
      };
    }, address);
    // An opaque answer cannot be read; ours are not even that, by their Cross-Origin-Resource-Policy
    expect(reached).toEqual({ read: 'failed', stream: 'failed', call: 'failed', session: 'failed', secret: null });
    await other.goto(address);
    await isRefused(other);
  } finally {
    app.close();
    app.closeAllConnections();
  }
});
