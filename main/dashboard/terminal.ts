/**
 * A terminal window for k9s or a shell in the guest: the one the user names in $TERMINAL, else the desktop's own, else the
 * first that is installed.
 */
import { join } from 'node:path';
import { k3sVmError } from '../core/errors';
import { findProgram } from '../core/host/find-program';
import { startDetached } from '../core/process';

type Environment = Readonly<Record<string, string | undefined>>;

/** What stands between a terminal's name and the command it is to run. In order of preference. */
const terminals: Readonly<Record<string, readonly string[]>> = {
  'xdg-terminal-exec': [],
  'gnome-terminal': ['--'],
  kgx: ['--'],
  ptyxis: ['--'],
  konsole: ['-e'],
  'xfce4-terminal': ['-x'],
  kitty: [],
  alacritty: ['-e'],
  foot: [],
  wezterm: ['start', '--'],
  ghostty: ['-e'],
  tilix: ['-e'],
  'mate-terminal': ['-x'],
  lxterminal: ['-e'],
  'x-terminal-emulator': ['-e'],
  xterm: ['-e'],
};

/** Of each desktop, its own terminals (https://specifications.freedesktop.org/mime-apps-spec/latest/ names the variable). */
const ofDesktop: Readonly<Record<string, readonly string[]>> = {
  GNOME: ['ptyxis', 'kgx', 'gnome-terminal'],
  KDE: ['konsole'],
  XFCE: ['xfce4-terminal'],
  MATE: ['mate-terminal'],
  LXDE: ['lxterminal'],
};

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/**
 * Chooses a terminal.
 *
 * @param find the path of a program on PATH
 * @returns its path and the arguments before the command; undefined: there is none
 */
export async function chooseTerminal(
  env: Environment,
  find: (program: string) => Promise<string | undefined>,
): Promise<{ readonly name: string; readonly path: string; readonly before: readonly string[] } | undefined> {
  if (!env.DISPLAY && !env.WAYLAND_DISPLAY) return undefined;
  const desktop = (env.XDG_CURRENT_DESKTOP ?? '').split(':').flatMap((name) => ofDesktop[name] ?? []);
  const wanted = [env.TERMINAL ?? '', 'xdg-terminal-exec', ...desktop, ...Object.keys(terminals)];
  for (const name of wanted) {
    const path = name === '' ? undefined : await find(name);
    if (path !== undefined) return { name: baseName(name), path, before: terminals[baseName(name)] ?? ['-e'] };
  }
  return undefined;
}

/**
 * Opens a terminal window in the project's folder.
 *
 * @returns the terminal's name
 * @throws NO_TERMINAL with the command to run by hand
 */
export async function openTerminal(
  what: 'k9s' | 'shell',
  { project, bin, env }: { readonly project: string; readonly bin: string; readonly env: Environment },
): Promise<string> {
  const command = what === 'k9s' ? [join(bin, 'k9s')] : [join(bin, 'k3s-vm'), 'shell'];
  const terminal = await chooseTerminal(env, (program) => findProgram([program], env.PATH));
  const byHand = `cd ${quote(project)} && ${command.map(quote).join(' ')}`;
  if (terminal === undefined) throw k3sVmError('NO_TERMINAL', { command: byHand });
  try {
    await startDetached(terminal.path, [...terminal.before, ...command], { cwd: project });
  } catch (error) {
    throw k3sVmError('NO_TERMINAL', { command: byHand }, error);
  }
  return terminal.name;
}

const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
