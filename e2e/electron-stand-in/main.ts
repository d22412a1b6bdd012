/**
 * Runs an Electron app's built main bundle, unmodified, in node:
 *
 *   node main.cjs CDP_ENDPOINT DISPLAYS APP_FOLDER [ARGUMENT …]
 *
 * It is a child process of a spec, which looks at it and acts on it by sending functions.
 */
import type ElectronNamespace from 'electron';
import Module from 'node:module';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright';
import { createApp } from './app';
import { createWindows } from './browser-window';
import { createNativeTheme, createScreen, createSession, createShell } from './desktop-state';
import { createIpcMain } from './ipc-main';
import { modelled } from './modelled';
import { createProtocol } from './protocol';
import { createScenery } from './scenery';
import { createStandIn } from './stand-in';

/** A function of the spec's, to be called with the stand-in or with the electron module. */
export interface Evaluation {
  readonly id: number;
  readonly on: 'standIn' | 'electron';
  readonly source: string;
  readonly arg: unknown;
}
export type Evaluated =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly message: string };

/** Exit status of a run that used what is not modelled, or whose preload failed. */
const unusable = 70;

async function main([endpoint = '', displays = '[]', folder = '.', ...args]: readonly string[]): Promise<void> {
  const root = resolve(folder);
  const browser = await chromium.connectOverCDP(endpoint);
  const [context] = browser.contexts();
  if (context === undefined) throw new Error('electron stand-in: the browser has no context');

  const end = (code: number): void => {
    const closing = windows.map(({ webContents }) => webContents._destroy());
    void Promise.allSettled(closing).then(() => process.exit(code));
  };
  const fail = (error: unknown): void => {
    console.error(error);
    end(unusable);
  };
  const scenery = createScenery();
  const { ipcMain, invoke } = createIpcMain();
  const app = createApp({ root, windows: () => windows, end });
  const { protocol, schemes } = createProtocol(() => app.isReady());
  const { session, ask } = createSession(protocol);
  const { shell, opened } = createShell();
  const world = (name: string): string => readFileSync(join(__dirname, `${name}.js`), 'utf8');
  const { BrowserWindow, windows } = createWindows({
    app,
    context,
    schemes,
    invoke,
    worlds: { page: world('page-world'), preload: world('preload-world') },
    fail,
  });
  const electron = modelled('electron', {
    app,
    BrowserWindow,
    ipcMain,
    protocol,
    session,
    shell,
    screen: createScreen(JSON.parse(displays) as ElectronNamespace.Rectangle[]),
    nativeTheme: createNativeTheme(),
    ...scenery.api,
  });
  const standIn = createStandIn({ scenery, windows, opened, askPermission: ask, invoke });
  answerSpecs({ electron, standIn });

  // As Electron: what nobody catches is a failure of the app, and signals quit it
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  process.on('SIGTERM', () => app.quit());
  process.argv = ['electron', root, ...args];
  loadWith(electron, root);
}

/** Loads the app's main bundle, which finds `electron` and otherwise the real thing. */
function loadWith(electron: object, root: string): void {
  const loader = Module as unknown as { _load: (request: string, ...rest: unknown[]) => unknown };
  const load = loader._load;
  loader._load = (request, ...rest) => (request === 'electron' ? electron : load(request, ...rest));
  const { main } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { main: string };
  Module.createRequire(join(root, 'package.json'))(join(root, main));
}

function answerSpecs(scope: Readonly<Record<Evaluation['on'], object>>): void {
  process.on('message', ({ id, on, source, arg }: Evaluation) => {
    const answer = (evaluated: Evaluated): void => void process.send?.(evaluated);
    const evaluate = async (): Promise<unknown> => {
      const evaluated = (0, eval)(`(${source})`) as (on: object, arg: unknown) => unknown;
      return evaluated(scope[on], arg);
    };
    evaluate().then(
      (value) => answer({ id, ok: true, value }),
      (error: unknown) => answer({ id, ok: false, message: String(error) }),
    );
  });
  // The spec is gone: nobody would ever end this
  process.on('disconnect', () => process.exit(unusable));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exit(unusable);
});
