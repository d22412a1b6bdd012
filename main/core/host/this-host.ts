/**
 * The few facts about this machine and user that decide how a command for them is spelled.
 */
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { sh } from '../shell-quote';
import { searchPath } from './search-path';

/** How a user runs something as root: sudo, or doas where only that is installed; su asks for root's own password. */
export type Privilege = 'sudo' | 'doas' | 'su';

export interface HostFacts {
  /** Whether we are root, so that nothing needs sudo. */
  readonly root: boolean;
  readonly privilege: Privilege;
  readonly user: string;
  /** Whether systemd is the init (not merely installed). https://www.freedesktop.org/software/systemd/man/latest/sd_booted.html */
  readonly systemd: boolean;
  /** Whether OpenRC is the init. */
  readonly openrc: boolean;
  /** Node's name of the architecture, e.g. `x64`. */
  readonly arch: string;
  /** Whether a path is there. */
  readonly exists: (path: string) => boolean;
}

/** The user's name; a user without an entry in /etc/passwd (containers) goes by what the environment says. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env.USER ?? String(process.getuid?.() ?? 'you');
  }
}

function privilege(): Privilege {
  const folders = searchPath(process.env.PATH);
  const known = ['sudo', 'doas'] as const;
  return known.find((name) => folders.some((folder) => existsSync(join(folder, name)))) ?? 'su';
}

/** A command line as this user types it to have it run as root. */
export function asRoot({ root, privilege: by }: Pick<HostFacts, 'root' | 'privilege'>, command: string): string {
  if (root) return command;
  return by === 'su' ? sh`su -l -c ${command}` : `${by} ${command}`;
}

/** The facts of this machine and user, read again at every call. */
export function thisHost(): HostFacts {
  return {
    root: process.getuid?.() === 0,
    privilege: privilege(),
    user: userName(),
    systemd: existsSync('/run/systemd/system'),
    openrc: existsSync('/run/openrc'),
    arch: process.arch,
    exists: existsSync,
  };
}
