/**
 * Programs that the specs need, where this machine has them. Plain JavaScript: `npm test` asks before anything is
 * installed.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from './bootstrap.mjs';

/** @param {readonly string[]} names */
const onPath = (names) =>
  (process.env.PATH ?? '')
    .split(delimiter)
    // npm's own shims are no binaries: what they start may not be installed
    .filter((folder) => folder !== '' && !folder.endsWith(join('node_modules', '.bin')))
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find(isExecutable);

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The Chromium that pages open in, as distributions and CI machines name it; `K3S_VM_E2E_CHROMIUM` overrides.
 *
 * @returns {string | undefined} its path
 */
export const findChromium = () =>
  process.env.K3S_VM_E2E_CHROMIUM ?? onPath(['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']);

/** The same. @throws where there is none */
export function requireChromium() {
  const found = findChromium();
  if (found === undefined) throw new Error('There is no Chromium on PATH; on Debian: sudo e2e/host/install.sh browser');
  return found;
}

/**
 * Electron's own binary, or why the specs cannot run on it.
 *
 * @returns {{ readonly binary: string } | { readonly obstacle: string }}
 */
export function findElectron() {
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  const named = override === undefined ? [] : [join(override, 'electron')];
  const bundled = join(root, 'node_modules', 'electron', 'dist', 'electron');
  const binary = [...named, onPath(['electron']), bundled].find((path) => path !== undefined && isExecutable(path));
  if (binary === undefined)
    return { obstacle: 'there is no Electron binary (ELECTRON_OVERRIDE_DIST_PATH, PATH, node_modules/electron/dist)' };
  if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY)
    return { obstacle: 'there is no display (run it under xvfb-run)' };
  return { binary };
}
