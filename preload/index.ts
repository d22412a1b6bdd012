/**
 * The sandboxed preload: gives the page its bridge and nothing else. It may require nothing but electron.
 */
import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron';
import type { Bridge, Push } from './api';
import { channels } from './channels';

const bridge: Bridge = {
  call: (name, input) => ipcRenderer.invoke(channels.call, name, input),
  subscribe(listener) {
    // The event is kept back: its sender is a handle on all of IPC
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
