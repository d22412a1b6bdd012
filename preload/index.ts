/**
 * The sandboxed preload script: gives the page its bridge and nothing else. It can require only electron.
 */
import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron';
import type { Bridge, Push } from './api';
import { channels } from './channels';

const bridge: Bridge = {
  call: (name, input) => ipcRenderer.invoke(channels.call, name, input),
  subscribe(listener) {
    // Do not pass the event on: its sender would give the page access to all of IPC
    const told = (_event: IpcRendererEvent, push: Push): void => listener(push);
    ipcRenderer.on(channels.push, told);
    return () => {
      ipcRenderer.removeListener(channels.push, told);
    };
  },
  onLink(listener) {
    // The main process lives as long as its windows
    listener(true);
    return () => undefined;
  },
};

contextBridge.exposeInMainWorld('k3sVm', bridge);
