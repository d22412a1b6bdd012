/**
 * The stand-in itself: it must fail where the real Electron would, or its green means nothing.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launchOnStandIn, type StandInApp } from '../electron-stand-in/launch';
import { expect, test as base } from './desktop';

interface Sources {
  /** Runs when the app is ready, before its page loads. */
  readonly main?: string;
  readonly preload?: string;
  readonly page?: string;
}

const mainOf = (extra: string): string => `
  const { app, BrowserWindow, ipcMain, protocol } = require('electron');
  const { readFileSync } = require('node:fs');
  const { join } = require('node:path');
  protocol.registerSchemesAsPrivileged([{ scheme: 'test', privileges: { standard: true, secure: true } }]);
  app.whenReady().then(async () => {
    protocol.handle('test', (request) => new Response(readFileSync(join(__dirname, new URL(request.url).pathname)), {
      headers: { 'Content-Type': request.url.endsWith('.js') ? 'text/javascript' : 'text/html',
        'Content-Security-Policy': "default-src 'self'" },
    }));
    const window = new BrowserWindow({ webPreferences: { preload: join(__dirname, 'preload.js') } });
    ${extra}
    await window.loadURL('test://page/index.html');
  });`;

const test = base.extend<{ readonly start: (sources: Sources) => Promise<StandInApp> }>({
  start: async ({ user }, use) => {
    const started: StandInApp[] = [];
    await use(async ({ main = '', preload = '', page = '' }) => {
      const app = join(user.home, `app-${started.length}`);
      mkdirSync(app);
      writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'tiny', version: '1.0.0', main: 'main.js' }));
      writeFileSync(join(app, 'main.js'), mainOf(main));
      writeFileSync(join(app, 'preload.js'), preload);
      writeFileSync(join(app, 'page.js'), page);
      writeFileSync(join(app, 'index.html'), '<!doctype html><title>tiny</title><script src="page.js"></script>');
      const launched = await launchOnStandIn({
        program: process.env['K3S_VM_E2E_STAND_IN'] as string,
        chromium: process.env['K3S_VM_E2E_CHROMIUM'] as string,
        app,
        args: [],
        cwd: user.home,
        env: user.env,
        profile: join(user.home, `tiny-${started.length}`),
        displays: [{ x: 0, y: 0, width: 800, height: 600 }],
      });
      started.push(launched);
      return launched;
    });
    for (const app of started) await app.close();
  },
});

const unusable = 70;
const bridge = `const { contextBridge, ipcRenderer } = require('electron');`;
const invoker = `${bridge} contextBridge.exposeInMainWorld('invoke', (...args) => ipcRenderer.invoke('echo', ...args));`;

/** What an expression of the page's comes to, or the message of what it throws. */
async function inPage(app: StandInApp, expression: string): Promise<unknown> {
  const page = await app.page();
  await page.waitForLoadState();
  return page.evaluate(`(async () => ${expression})().catch((error) => error.message)`);
}

for (const [what, sources, complaint] of [
  ['a preload that requires what a sandbox has not', { preload: `require('node:fs')` }, 'module not found: node:fs'],
  ['a preload that throws', { preload: `throw new Error('broken preload')` }, 'broken preload'],
  ['a preload that cannot be parsed', { preload: 'const = 1' }, 'SyntaxError'],
  [
    'a part of Electron that is not modelled',
    { main: `require('electron').autoUpdater` },
    'electron.autoUpdater is not modelled',
  ],
  ['a method that is not modelled', { main: `window.setOpacity(0.5)` }, 'BrowserWindow.setOpacity is not modelled'],
  [
    'an event that is never emitted',
    { main: `window.on('swipe', () => {})` },
    'the event "swipe" of BrowserWindow is not modelled',
  ],
  [
    'a window option that is not modelled',
    { main: `new BrowserWindow({ kiosk: true })` },
    'window options not modelled: kiosk',
  ],
  [
    'a page with node in it',
    { main: `new BrowserWindow({ webPreferences: { nodeIntegration: true } })` },
    'without node are modelled',
  ],
  [
    'a tray whose icon is not there',
    { main: `const { Tray, nativeImage } = require('electron'); new Tray(nativeImage.createFromPath('/gone.png'))` },
    'the image of the tray cannot be read',
  ],
  [
    'a push that cannot be cloned',
    { main: `window.webContents.send('x', () => {})` },
    'An object could not be cloned.',
  ],
  ['a rejection that nobody handles', { main: `Promise.reject(new Error('left alone'))` }, 'left alone'],
] as const)
  test(`${what} ends the run`, async ({ start }) => {
    const app = await start(sources);
    expect(await app.exited).toBe(unusable);
    expect(app.output()).toContain(complaint);
  });

test('what the page itself does wrong is a complaint', async ({ start }) => {
  const page = `document.head.append(Object.assign(document.createElement('script'), { textContent: '1' })); undefinedFunction();`;
  const app = await start({ page });
  await inPage(app, '0');
  expect(app.problems.join('\n')).toContain('Content Security Policy');
  expect(app.problems.join('\n')).toContain('undefinedFunction is not defined');
});

test('a call crosses as structured cloning takes it', async ({ start }) => {
  const app = await start({ preload: invoker, main: `ipcMain.handle('echo', (event, value) => value);` });
  for (const value of ['-0.5', '"ü\\u2028"', 'undefined', 'null', 'NaN', '-Infinity'])
    expect(await inPage(app, `Object.is(await invoke(${value}), ${value})`), value).toBe(true);
  expect(await inPage(app, 'await invoke({ a: [1, null, { b: "c" }] })')).toEqual({ a: [1, null, { b: 'c' }] });
  expect(await inPage(app, '"gone" in await invoke({ gone: undefined })')).toBe(true);
});

test('a call that cannot cross, or that nobody handles, is refused', async ({ start }) => {
  const app = await start({
    preload: `${invoker} contextBridge.exposeInMainWorld('wrong', () => ipcRenderer.invoke('wrong'));
      contextBridge.exposeInMainWorld('uncloneable', () => ipcRenderer.invoke('echo', () => {}));`,
    main: `ipcMain.handle('echo', () => () => {});`,
  });
  expect(await inPage(app, 'await wrong()')).toBe(
    "Error invoking remote method 'wrong': Error: No handler registered for 'wrong'",
  );
  expect(await inPage(app, 'await uncloneable()')).toBe('An object could not be cloned.');
  expect(await inPage(app, 'await invoke(1)')).toBe(
    "Error invoking remote method 'echo': Error: An object could not be cloned.",
  );
});

test('the context bridge copies data and stands in for functions and promises', async ({ start }) => {
  const app = await start({
    preload: `${bridge}
      class Thing { constructor() { this.own = 1; } method() {} }
      const kept = { count: 0 };
      contextBridge.exposeInMainWorld('api', {
        kept, thing: new Thing(),
        later: () => Promise.resolve({ done: true }),
        fails: () => Promise.reject(new Error('no luck')),
        throws: () => { throw new Error('at once'); },
        call: (listener) => listener({ from: 'preload' }, () => kept.count),
        count: () => ++kept.count,
      });`,
  });
  expect(await inPage(app, 'await api.later()')).toEqual({ done: true });
  expect(await inPage(app, 'await api.fails()')).toBe('no luck');
  expect(await inPage(app, 'api.throws()')).toBe('at once');
  expect(await inPage(app, 'api.count() + api.count()')).toBe(3);
  // A copy: what it was when it was exposed
  expect(await inPage(app, 'api.kept.count')).toBe(0);
  expect(await inPage(app, 'api.call(({ from }, count) => from + count())')).toBe('preload2');
  expect(await inPage(app, '[api.thing.own, typeof api.thing.method].join()')).toBe('1,undefined');
  expect(await inPage(app, '(() => { "use strict"; api.kept.count = 9; })()')).toMatch(/read only/);
  expect(await inPage(app, 'api.call(Symbol())')).toBe('An object could not be cloned.');
});

test('the worlds share nothing', async ({ start }) => {
  const app = await start({
    preload: `${bridge} globalThis.leak = 1; Array.prototype.leak = 2;
      contextBridge.exposeInMainWorld('seen', () => typeof globalThis.mark);`,
    page: 'globalThis.mark = 1;',
  });
  expect(await inPage(app, '[typeof leak, typeof [].leak, typeof require, seen()].join()')).toBe(
    'undefined,undefined,undefined,undefined',
  );
});
