/**
 * What the user prefers of the dashboard itself, in a file beside the user's configuration, and the start at login
 * (https://specifications.freedesktop.org/autostart-spec/latest/).
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Preferences } from '../../preload/api';
import { userConfigFile } from '../core/paths';

type Environment = Readonly<Record<string, string | undefined>>;

const schema = z.object({ theme: z.enum(['system', 'light', 'dark']).catch('system') });

export interface PreferenceStore {
  get(): Promise<Preferences>;
  set(change: Partial<Preferences>): Promise<Preferences>;
}

const autostartFile = (env: Environment): string =>
  join(dirname(dirname(userConfigFile(env))), 'autostart', 'k3s-vm.desktop');

/** A word of an Exec line (https://specifications.freedesktop.org/desktop-entry-spec/latest/exec-variables.html). */
const execWord = (word: string): string => `"${word.replace(/["`$\\]/g, '\\$&').replaceAll('%', '%%')}"`;

/** @param bin folder of the wrappers, which starts the app at login */
export function preferenceStore(env: Environment, bin: string): PreferenceStore {
  const file = join(dirname(userConfigFile(env)), 'dashboard.json');
  const get = async (): Promise<Preferences> => {
    const text = await readFile(file, 'utf8').catch(() => '{}');
    let json: unknown = {};
    try {
      json = JSON.parse(text);
    } catch {
      // A broken file is none
    }
    return { ...schema.catch({ theme: 'system' }).parse(json), startAtLogin: existsSync(autostartFile(env)) };
  };
  return {
    get,
    async set({ theme, startAtLogin }) {
      if (theme !== undefined) {
        await mkdir(dirname(file), { recursive: true });
        await writeFile(`${file}.new`, `${JSON.stringify({ theme }, null, 2)}\n`);
        await rename(`${file}.new`, file);
      }
      const entry = autostartFile(env);
      if (startAtLogin === false) await rm(entry, { force: true });
      if (startAtLogin === true) {
        await mkdir(dirname(entry), { recursive: true });
        const exec = [join(bin, 'k3s-vm'), 'dashboard', '--hidden'].map(execWord).join(' ');
        await writeFile(entry, `[Desktop Entry]\nType=Application\nName=k3s-vm\nExec=${exec}\nTerminal=false\n`);
      }
      return get();
    },
  };
}
