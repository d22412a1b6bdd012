/**
 * What can show the dashboard on this machine.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../core/host/find-program';

type Environment = Readonly<Record<string, string | undefined>>;

export const hasDisplay = (env: Environment): boolean => Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);

/** What starts the window: a program, and its first arguments. */
export type WindowCommand = readonly [electron: string, ...app: string[]];

/**
 * What starts the window: the app of the package that we are a part of, whose Electron has it inside; else an Electron that
 * gets our folder: the one that is named, the distribution's, or npm's.
 *
 * @param root the folder with bin/, dist/ and node_modules/
 * @returns undefined where there is none, or no display to show a window on
 */
export async function findWindow(root: string, env: Environment): Promise<WindowCommand | undefined> {
  if (!hasDisplay(env)) return undefined;
  const packaged = packagedApp(root);
  // In a package our folder is no app: that is in the archive beside it
  if (packaged !== undefined) return (await findProgram([packaged])) === undefined ? undefined : [packaged];
  const named = env.ELECTRON_OVERRIDE_DIST_PATH;
  const candidates = [
    ...(named ? [join(named, 'electron')] : []),
    'electron',
    join(root, 'node_modules', 'electron', 'dist', 'electron'),
  ];
  const electron = await findProgram(candidates, env.PATH);
  return electron === undefined ? undefined : [electron, root];
}

/** The Electron of our package, as bin/k3s-vm finds it: electron-builder.yml names it, and lays the package out. */
function packagedApp(root: string): string | undefined {
  const resources = join(root, '..');
  return existsSync(join(resources, 'app.asar')) ? join(resources, '..', 'k3s-vm-dashboard') : undefined;
}

/** Commands that open a page, the best first: a window of its own, else the default browser. */
export function openers(url: string, env: Environment): readonly (readonly [string, ...string[]])[] {
  if (!hasDisplay(env) || env.SSH_CONNECTION) return [];
  const chromiums = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'brave', 'brave-browser'];
  return [...chromiums.map((name) => [name, `--app=${url}`] as const), ['xdg-open', url]];
}
