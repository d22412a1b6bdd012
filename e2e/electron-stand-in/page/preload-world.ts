/**
 * What a sandboxed preload finds: a `require` that knows electron and nothing else, with the parts of electron that there
 * are in a sandboxed, isolated renderer. Whatever is not modelled throws.
 */
import { modelled } from '../modelled';
import { fromWire, toWire } from '../wire';
import { connectWorld } from './channel';

declare const standInSecret: string;
/** The preload, as a function: the page's policy forbids to make one of text. */
declare const standInPreload: (require: unknown, process: unknown, module: unknown, exports: unknown) => void;
/** CDP's binding: it exists in this world alone. */
declare const standInToMain: (text: string) => void;
declare const window: { readonly top: unknown };

type Listener = (event: unknown, ...args: unknown[]) => void;
/** What main says to this world. */
export type ToPreload =
  | { readonly type: 'message'; readonly channel: string; readonly args: string }
  | { readonly type: 'result'; readonly id: number; readonly ok: boolean; readonly values: string };
/** What this world says to main. */
export type FromPreload =
  | { readonly type: 'invoke'; readonly id: number; readonly channel: string; readonly args: string }
  | { readonly type: 'failed'; readonly message: string; readonly stack: string };

const say = (message: FromPreload): void => standInToMain(JSON.stringify(message));

function createIpcRenderer() {
  const listeners = new Map<string, Listener[]>();
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let nextId = 0;
  const add = (channel: string, listener: Listener): void => {
    listeners.set(channel, [...(listeners.get(channel) ?? []), listener]);
  };
  const remove = (channel: string, listener: Listener): void => {
    const left = [...(listeners.get(channel) ?? [])];
    const at = left.lastIndexOf(listener);
    if (at >= 0) left.splice(at, 1);
    listeners.set(channel, left);
  };
  const ipcRenderer = modelled('ipcRenderer', {
    invoke: (channel: string, ...args: unknown[]) =>
      new Promise((resolve, reject) => {
        const message: FromPreload = { type: 'invoke', id: nextId++, channel, args: toWire(args) };
        waiting.set(message.id, { resolve, reject });
        say(message);
      }),
    on: (channel: string, listener: Listener) => (add(channel, listener), ipcRenderer),
    off: (channel: string, listener: Listener) => (remove(channel, listener), ipcRenderer),
    removeListener: (channel: string, listener: Listener) => (remove(channel, listener), ipcRenderer),
  });
  const receive = (message: ToPreload): void => {
    if (message.type === 'message') {
      for (const listener of [...(listeners.get(message.channel) ?? [])])
        listener({ sender: ipcRenderer, ports: [] }, ...fromWire(message.args));
      return;
    }
    const [value] = fromWire(message.values);
    const { resolve, reject } = waiting.get(message.id) ?? {};
    waiting.delete(message.id);
    if (message.ok) resolve?.(value);
    else reject?.(new Error(String(value)));
  };
  return { ipcRenderer, receive };
}

function start(): void {
  const side = connectWorld(standInSecret, 'preload', 'page');
  const { ipcRenderer, receive } = createIpcRenderer();
  Object.assign(globalThis, { standInReceive: receive });
  const electron = modelled('electron (preload)', {
    ipcRenderer,
    contextBridge: modelled('contextBridge', {
      exposeInMainWorld: (key: string, api: unknown) => side.expose(key, api),
    }),
  });
  const require = (name: string): unknown => {
    if (name === 'electron') return electron;
    throw new Error(`module not found: ${name}`);
  };
  const process = modelled('process (preload)', { platform: 'linux', sandboxed: true, contextIsolated: true });
  try {
    const module = { exports: {} };
    standInPreload(require, process, module, module.exports);
  } catch (error) {
    const { message, stack = '' } = error as Error;
    say({ type: 'failed', message, stack });
  }
}

// A preload is for the main frame alone
if (window.top === window) start();
