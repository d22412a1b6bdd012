/**
 * The page in its window, on the stand-in and on the real Electron.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Bridge, Push } from '../../preload/api';
import { expect, test } from './desktop';

declare const window: { readonly k3sVm: Bridge; readonly isSecureContext: boolean; open(url: string): unknown };
declare const document: {
  readonly fonts: unknown;
  createElement(tag: string): { textContent: string };
  head: { append(node: unknown): void };
};
declare const location: { href: string };

const ownUrl = /^(app:\/\/dashboard|https:\/\/dashboard\.app\.invalid)\/index\.html/;

test('the window paints the page, though libvirt does not answer', async ({ launch }) => {
  const desktop = await launch();
  const page = await desktop.page();
  await expect(page.locator('#app > *').first()).toBeVisible();
  await expect(page).toHaveTitle(/k3s-vm/);
  expect(page.url()).toMatch(ownUrl);
  expect(await desktop.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
  await expect
    .poll(() => desktop.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible()))
    .toBe(true);
});

test('calls and their answers make it there and back', async ({ launch, user }) => {
  const page = await (await launch()).page();
  const info = await page.evaluate(() => window.k3sVm.call('app.info', null));
  expect(info).toMatchObject({ ok: true, value: { host: 'desktop', home: user.home } });
  const bin = info.ok ? info.value.bin : '';
  expect(existsSync(join(bin, 'kubectl'))).toBe(true);
  const snapshot = await page.evaluate(() => window.k3sVm.call('snapshot.get', null));
  expect(snapshot).toMatchObject({ ok: true, value: { project: user.project, name: 'k3s-vm-demo' } });
});

test('what cannot be done is answered with an error, not thrown', async ({ launch }) => {
  const page = await (await launch()).page();
  const answers = await page.evaluate(() =>
    Promise.all([
      window.k3sVm.call('no.such.call' as 'app.info', null),
      window.k3sVm.call(7 as unknown as 'app.info', null),
      window.k3sVm.call('projects.select', { project: 7 } as never),
      window.k3sVm.call('operation.run', { operation: 'reset', confirm: 'no' }),
    ]),
  );
  for (const answer of answers) expect(answer).toMatchObject({ ok: false, error: { message: expect.any(String) } });
});

test('the page is told what changes, whole and in order', async ({ launch, user }) => {
  const page = await (await launch()).page();
  const other = user.makeProject('k3s-vm-other');
  const told = await page.evaluate(async (other) => {
    const all: Push[] = [];
    const stop = window.k3sVm.subscribe((push) => all.push(push));
    await window.k3sVm.call('app.setPreferences', { theme: 'light' });
    await window.k3sVm.call('projects.select', { project: other });
    const isLost = (push: Push) => push.name === 'snapshot' && push.payload.link.state === 'lost';
    while (!all.some(isLost)) await new Promise((resolve) => setTimeout(resolve, 50));
    stop();
    return all;
  }, other);
  expect(told).toContainEqual({ name: 'preferences', payload: expect.objectContaining({ theme: 'light' }) });
  const snapshots = told.flatMap((push) => (push.name === 'snapshot' ? [push.payload] : []));
  expect(snapshots.at(-1)).toMatchObject({
    project: other,
    name: 'k3s-vm-other',
    link: { state: 'lost', error: { message: expect.any(String) } },
    vm: null,
  });
  const sequences = snapshots.map(({ sequence }) => sequence);
  expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
});

test('the host can be reached, and says so at once', async ({ launch }) => {
  const page = await (await launch()).page();
  expect(
    await page.evaluate(() => {
      const said: boolean[] = [];
      window.k3sVm.onLink((connected) => said.push(connected))();
      return said;
    }),
  ).toEqual([true]);
});

test('the page has the bridge, and neither node nor Electron', async ({ launch }) => {
  const page = await (await launch()).page();
  const found = await page.evaluate(() => ({
    bridge: Object.keys(window.k3sVm).sort(),
    frozen: Object.isFrozen(window.k3sVm),
    foreign: ['require', 'process', 'module', 'Buffer', 'global', 'ipcRenderer', 'electron'].filter(
      (name) => name in globalThis,
    ),
    secure: window.isSecureContext,
  }));
  expect(found).toEqual({ bridge: ['call', 'onLink', 'subscribe'], frozen: true, foreign: [], secure: true });
});

test('the policy lets nothing foreign in', async ({ launch }) => {
  const desktop = await launch();
  const page = await desktop.page();
  const blocked = await page.evaluate(async () => {
    const script = document.createElement('script');
    script.textContent = 'globalThis.inlineRan = true';
    document.head.append(script);
    const style = document.createElement('style');
    style.textContent = 'body { outline: 7px solid red }';
    document.head.append(style);
    // Chromium lets the debugger's own code, as this is, evaluate text; a timer's is the page's
    setTimeout('globalThis.textRan = true' as unknown as () => void);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const fetched = await fetch('https://docs.k3s.io/').then(
      () => 'fetched',
      () => 'blocked',
    );
    return { inline: 'inlineRan' in globalThis, text: 'textRan' in globalThis, fetched };
  });
  expect(blocked).toEqual({ inline: false, text: false, fetched: 'blocked' });
  // All of these were meant
  expect(desktop.problems.splice(0).join('\n')).toMatch(/Content Security Policy/);
});

test('the page cannot go elsewhere', async ({ launch }) => {
  const desktop = await launch();
  const page = await desktop.page();
  const url = page.url();
  for (const target of ['https://docs.k3s.io/', new URL('app.js', url).href, new URL('/', url).href]) {
    await page.evaluate((target) => {
      location.href = target;
    }, target);
    await page.waitForTimeout(300);
    expect(page.url()).toBe(url);
  }
  expect(await page.evaluate(() => window.k3sVm.call('app.info', null))).toMatchObject({ ok: true });
});

test('a page that is loaded anew is connected anew', async ({ launch }) => {
  const desktop = await launch();
  const page = await desktop.page();
  await expect(page.locator('#app > *').first()).toBeVisible();
  await desktop.evaluate(({ BrowserWindow }) => {
    const [window] = BrowserWindow.getAllWindows();
    const loaded = new Promise<void>((resolve) => window?.webContents.once('did-finish-load', () => resolve()));
    window?.webContents.reload();
    return loaded;
  });
  await expect(page.locator('#app > *').first()).toBeVisible();
  expect(await page.evaluate(() => window.k3sVm.call('snapshot.get', null))).toMatchObject({ ok: true });
});
