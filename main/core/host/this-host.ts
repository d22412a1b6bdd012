/**
 * The few facts about this machine and user that decide how a command for them is spelled.
 */
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';

export interface HostFacts {
  /** Whether we are root, so that nothing needs sudo. */
  readonly root: boolean;
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

/** The facts of this machine and user, read again at every call. */
export function thisHost(): HostFacts {
  return {
    root: process.getuid?.() === 0,
    user: userName(),
    systemd: existsSync('/run/systemd/system'),
    openrc: existsSync('/run/openrc'),
    arch: process.arch,
    exists: existsSync,
  };
}
