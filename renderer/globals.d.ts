import type { Bridge } from '../preload/api';

declare global {
  interface Window {
    /** The desktop app's preload puts it there; a browser has none. */
    readonly k3sVm?: Bridge;
  }
}
declare module '*.css';
