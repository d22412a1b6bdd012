import type { Bridge } from '../preload/api';

declare global {
  interface Window {
    /** Set by the desktop app's preload. Not set in a browser. */
    readonly k3sVm?: Bridge;
  }
}
declare module '*.css';
