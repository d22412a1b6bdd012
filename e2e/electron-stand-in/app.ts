/**
 * `app`: life cycle, paths and the single-instance lock, which works between real processes through a folder.
 */
import type Electron from 'electron';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { emitPreventable, Emitter } from './emitter';
import { modelled } from './modelled';

type Modelled = Pick<
  Electron.App,
  | 'whenReady'
  | 'isReady'
  | 'quit'
  | 'exit'
  | 'getPath'
  | 'setPath'
  | 'getName'
  | 'getVersion'
  | 'getAppPath'
  | 'isPackaged'
  | 'requestSingleInstanceLock'
>;

const events = [
  'ready',
  'second-instance',
  'before-quit',
  'will-quit',
  'quit',
  'window-all-closed',
  'web-contents-created',
];

export interface AppOptions {
  /** Folder of the app's package.json. */
  readonly root: string;
  /** Windows in the order they were made; closed by quitting. */
  readonly windows: () => readonly { close(): void; destroy(): void; isDestroyed(): boolean }[];
  /** Ends the process once the browser has let go. */
  readonly end: (code: number) => void;
}

export function createApp({ root, windows, end }: AppOptions) {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, string>;
  const paths = new Map<string, string>([
    ['home', homedir()],
    ['temp', tmpdir()],
    ['userData', join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), String(name))],
  ]);
  const emitter = new Emitter('app', events);
  // As the real one: nothing is ready in the turn that loads the bundle
  const ready = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
    isReady = true;
    emitter.emit('ready', {}, {});
  });
  let isReady = false;
  let exiting = false;

  const api: Modelled = {
    whenReady: () => ready,
    isReady: () => isReady,
    quit() {
      if (exiting || emitPreventable(emitter, 'before-quit', {})) return;
      for (const window of windows()) window.close();
      if (windows().some((window) => !window.isDestroyed())) return;
      if (emitPreventable(emitter, 'will-quit', {})) return;
      api.exit();
    },
    exit(code = 0) {
      if (exiting) return;
      exiting = true;
      for (const window of windows()) window.destroy();
      emitter.emit('quit', {}, code);
      end(code);
    },
    getPath(key) {
      const path = paths.get(key);
      if (path === undefined) throw new Error(`electron stand-in: the path "${key}" is not modelled`);
      return path;
    },
    setPath(key, path) {
      if (!paths.has(key)) throw new Error(`electron stand-in: the path "${key}" is not modelled`);
      if (isReady && key === 'userData') throw new Error('electron stand-in: userData is set after the app is ready');
      readdirSync(path);
      paths.set(key, path);
    },
    getName: () => String(name),
    getVersion: () => String(version),
    getAppPath: () => root,
    isPackaged: false,
    requestSingleInstanceLock: (data) => requestLock(emitter, api.getPath('userData'), data),
  };
  return modelled('app', Object.assign(emitter, api));
}

/** A pid file that the first process holds; later ones leave a message beside it. */
function requestLock(emitter: Emitter, folder: string, data: object = {}): boolean {
  const lock = join(folder, 'stand-in.lock');
  const messages = join(folder, 'stand-in.starts');
  mkdirSync(messages, { recursive: true });
  const holder = holderOf(lock);
  if (holder !== undefined) {
    const file = join(messages, `${process.pid}.json`);
    writeFileSync(`${file}.new`, JSON.stringify({ argv: process.argv, cwd: process.cwd(), data }));
    renameSync(`${file}.new`, file);
    return false;
  }
  writeFileSync(lock, String(process.pid));
  watch(messages, () => {
    for (const name of readdirSync(messages).filter((name) => name.endsWith('.json'))) {
      const file = join(messages, name);
      const { argv, cwd, data } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
      rmSync(file);
      emitter.emit('second-instance', {}, argv, cwd, data);
    }
  }).unref();
  return true;
}

function holderOf(lock: string): number | undefined {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}
