/**
 * `ipcMain`: handlers, and how a call reaches them.
 */
import type Electron from 'electron';
import { modelled } from './modelled';
import { fromWire, toWire } from './wire';

type Handler = (event: Electron.IpcMainInvokeEvent, ...args: unknown[]) => unknown;
export type Sender = Pick<Electron.IpcMainInvokeEvent, 'sender' | 'senderFrame'>;

export function createIpcMain() {
  const handlers = new Map<string, Handler>();
  const api: Pick<Electron.IpcMain, 'handle' | 'removeHandler'> = {
    handle(channel, handler) {
      if (handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`);
      handlers.set(channel, handler);
    },
    removeHandler: (channel) => void handlers.delete(channel),
  };

  /** Calls a handler as a renderer does. @param args in wire form @returns the answer in wire form @throws as invoke does */
  async function invoke(from: Sender, channel: string, args: string): Promise<string> {
    try {
      const handler = handlers.get(channel);
      if (handler === undefined) throw new Error(`No handler registered for '${channel}'`);
      const event = modelled('IpcMainInvokeEvent', { ...from, type: 'frame', frameId: 1, processId: 1 });
      return toWire([await handler(event as Electron.IpcMainInvokeEvent, ...fromWire(args))]);
    } catch (error) {
      throw new Error(`Error invoking remote method '${channel}': ${String(error)}`);
    }
  }
  return { ipcMain: modelled('ipcMain', api), invoke };
}
