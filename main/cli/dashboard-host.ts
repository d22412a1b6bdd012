/**
 * What can show the dashboard on this machine.
 */
import { join } from 'node:path';
import { findProgram } from '../core/host/find-program';

type Environment = Readonly<Record<string, string | undefined>>;

export const hasDisplay = (env: Environment): boolean => Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);

/**
 * Electron's binary: the one that is named, the distribution's, or npm's.
 *
 * @param root the folder with node_modules/
 * @returns undefined where there is none, or no display to show a window on
 */
export async function findElectron(root: string, env: Environment): Promise<string | undefined> {
  if (!hasDisplay(env)) return undefined;
  const named = env.ELECTRON_OVERRIDE_DIST_PATH;
  const candidates = [
    ...(named ? [join(named, 'electron')] : []),
    'electron',
    join(root, 'node_modules', 'electron', 'dist', 'electron'),
  ];
  return findProgram(candidates, env.PATH);
}

/** Commands that open a page, the best first: a window of its own, else the default browser. */
export function openers(url: string, env: Environment): readonly (readonly [string, ...string[]])[] {
  if (!hasDisplay(env) || env.SSH_CONNECTION) return [];
  const chromiums = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'brave', 'brave-browser'];
  return [...chromiums.map((name) => [name, `--app=${url}`] as const), ['xdg-open', url]];
}
