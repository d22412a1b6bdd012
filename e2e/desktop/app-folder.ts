import { root } from '../bootstrap.mjs';

/** Folder of the app under test: its package.json names the bundle. */
export const appFolder = process.env['K3S_VM_E2E_APP'] ?? root;
