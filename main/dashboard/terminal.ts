/**
 * A terminal window for k9s or a shell in the guest: the one that is configured, else the desktop's own, else any that is
 * installed.
 */
import { join } from 'node:path';
import { findProgram } from '../core/host/find-program';
import { startDetached } from '../core/process';
import { operand, sh } from '../core/shell-quote';
import type { Environment } from './core';
import { dashboardError } from './errors';
import { strings } from './strings';

/** How a terminal is given the command: after these arguments, as words of their own or as one for a shell. */
interface Form {
  readonly before: readonly string[];
  readonly oneWord?: true;
}

/** In order of preference, where the desktop says nothing. From their manuals. */
const terminals: Readonly<Record<string, Form>> = {
  // https://github.com/Vladimir-csp/xdg-terminal-exec: the user's own choice, where it is installed
  'xdg-terminal-exec': { before: [] },
  'gnome-terminal': { before: ['--'] },
  ptyxis: { before: ['--'] },
  kgx: { before: ['--'] },
  konsole: { before: ['-e'] },
  kitty: { before: [] },
  alacritty: { before: ['-e'] },
  foot: { before: [] },
  wezterm: { before: ['start', '--'] },
  ghostty: { before: ['-e'] },
  'xfce4-terminal': { before: ['-x'] },
  'mate-terminal': { before: ['-x'] },
  tilix: { before: ['-e'], oneWord: true },
  lxterminal: { before: ['-e'], oneWord: true },
  qterminal: { before: ['-e'], oneWord: true },
  // Debian's choice; its wrappers take -e with words
  'x-terminal-emulator': { before: ['-e'] },
  xterm: { before: ['-e'] },
};

/** Of each desktop, its own: XDG_CURRENT_DESKTOP names it. */
const ofDesktop: Readonly<Record<string, readonly string[]>> = {
  GNOME: ['ptyxis', 'kgx', 'gnome-terminal'],
  KDE: ['konsole'],
  XFCE: ['xfce4-terminal'],
  MATE: ['mate-terminal'],
  LXDE: ['lxterminal'],
  LXQt: ['qterminal'],
};

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/**
 * Terminals to try, the best first.
 *
 * @param wanted name or path of the configured one
 */
export function terminalNames(env: Environment, wanted: string | null): readonly string[] {
  if (!env.DISPLAY && !env.WAYLAND_DISPLAY) return [];
  const desktop = (env.XDG_CURRENT_DESKTOP ?? '').split(':').flatMap((name) => ofDesktop[name] ?? []);
  const named = [wanted, env.TERMINAL].filter((name): name is string => Boolean(name));
  return [...new Set([...named, 'xdg-terminal-exec', ...desktop, ...Object.keys(terminals)])];
}

/** What a terminal is started with to run a command. One that is not known is taken to be like xterm. */
export function terminalArguments(name: string, command: readonly string[]): readonly string[] {
  const { before, oneWord } = terminals[baseName(name)] ?? { before: ['-e'] };
  return [...before, ...(oneWord === true ? [sh`${command}`] : command)];
}

/** Terminals that hand over to a server start in its folder. And a window that closes at once tells nobody what failed. */
const script = `cd "$1" && shift && "$@" || { printf "\\n${strings.pressEnter}"; read -r _; }`;

export interface TerminalOptions {
  readonly what: 'k9s' | 'shell';
  readonly project: string;
  /** Folder of the wrappers. */
  readonly bin: string;
  readonly env: Environment;
  /** The configured terminal. */
  readonly wanted: string | null;
  readonly find?: (program: string) => Promise<string | undefined>;
  readonly start?: typeof startDetached;
}

/**
 * Opens a terminal window in the project's folder.
 *
 * @returns the terminal's name
 * @throws NO_TERMINAL with the command to run by hand
 */
export async function openTerminal(options: TerminalOptions): Promise<string> {
  const { what, project, bin, env, wanted, start = startDetached } = options;
  const find = options.find ?? ((program: string) => findProgram([program], env.PATH));
  const command = what === 'k9s' ? [join(bin, 'k9s')] : [join(bin, 'k3s-vm'), 'shell'];
  let failure: unknown;
  for (const name of terminalNames(env, wanted)) {
    const path = await find(name);
    if (path === undefined) continue;
    try {
      await start(path, terminalArguments(path, ['sh', '-c', script, 'sh', project, ...command]), { cwd: project });
      return baseName(name);
    } catch (error) {
      // Installed, but of no use here: a gnome-terminal without a D-Bus session, say
      failure ??= error;
    }
  }
  const byHand = sh`cd ${operand(project)} && ${command}`;
  throw dashboardError('NO_TERMINAL', { command: byHand }, failure);
}
