/**
 * The dashboard's own preferences, in a file beside the user's configuration, and the start at login
 * (https://specifications.freedesktop.org/autostart-spec/latest/).
 */
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Preferences } from '../../preload/api';
import { appImage, lastingProgram } from '../core/caller';
import { k3sVmError } from '../core/errors';
import { replaceFile } from '../core/files/replace-file';
import { userConfigFile } from '../core/paths';
import type { Environment } from './core';
import { strings } from './strings';

const schema = z.object({ theme: z.enum(['system', 'light', 'dark']) }).catch({ theme: 'system' });

export interface PreferenceStore {
  get(): Promise<Preferences>;
  /** @throws USAGE if start at login is set and this is not the desktop app */
  set(change: Partial<Preferences>): Promise<Preferences>;
}

const autostartFile = (env: Environment): string =>
  join(dirname(dirname(userConfigFile(env))), 'autostart', 'k3s-vm.desktop');

/** What starts the app at login, in the tray. No upgrade may move it: nothing writes the entry again. */
function autostartCommand(env: Environment, bin: string): readonly string[] {
  const image = appImage(env, bin);
  return image === undefined ? [lastingProgram(env, bin), 'dashboard', '--hidden'] : [image, '--hidden'];
}

function autostartEntry(command: readonly string[]): string {
  // Quotes a word and then escapes it again, as values in this file have escapes of their own
  // (https://specifications.freedesktop.org/desktop-entry-spec/latest/exec-variables.html)
  const word = (text: string): string =>
    `"${text.replace(/["`$\\]/g, '\\$&').replaceAll('%', '%%')}"`.replaceAll('\\', '\\\\');
  const exec = command.map(word).join(' ');
  return `[Desktop Entry]\nType=Application\nName=k3s-vm\nExec=${exec}\nTerminal=false\n`;
}

/** @param desktop whether this is the desktop app, which alone can start at login */
export function preferenceStore(env: Environment, bin: string, desktop: boolean): PreferenceStore {
  const file = join(dirname(userConfigFile(env)), 'dashboard.json');
  const entry = autostartFile(env);
  const read = async (): Promise<unknown> => {
    try {
      return JSON.parse(await readFile(file, 'utf8'));
    } catch {
      // A broken file counts as none
      return undefined;
    }
  };
  const get = async (): Promise<Preferences> => ({
    ...schema.parse(await read()),
    startAtLogin: desktop && existsSync(entry),
  });
  return {
    get,
    async set({ theme, startAtLogin }) {
      if (startAtLogin !== undefined && !desktop) {
        throw k3sVmError('USAGE', { problem: strings.desktopOnly });
      }
      if (theme !== undefined) await replaceFile(file, `${JSON.stringify({ theme }, null, 2)}\n`);
      if (startAtLogin === true) await replaceFile(entry, autostartEntry(autostartCommand(env, bin)));
      if (startAtLogin === false) await rm(entry, { force: true });
      return get();
    },
  };
}
