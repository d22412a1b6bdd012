/**
 * Whether using qemu:///system would ask this user for a password. libvirt leaves that to polkit where its socket is open to
 * everybody (NixOS' default, and Fedora's): members of libvirt's group pass, others are asked, on the desktop or on the
 * terminal. A program that only looks must not make that happen.
 * https://libvirt.org/aclpolkit.html, https://www.freedesktop.org/software/polkit/docs/latest/pkcheck.1.html
 */
import { stat } from 'node:fs/promises';
import { run } from '../process';

/** Of the daemon for QEMU alone, which virsh prefers where it is there, and of the one for everything. */
const sockets = ['/run/libvirt/virtqemud-sock', '/run/libvirt/libvirt-sock'];

/** pkcheck's exit status for "only after a password". */
const challenge = 2;
const everybodyWrites = 0o002;

/** What this looks at; replaced in tests. */
export interface PolkitProbe {
  /** The mode of a file; undefined when it is not there. */
  mode(path: string): Promise<number | undefined>;
  /** pkcheck's exit status; undefined when there is no pkcheck, or it says nothing in time. */
  check(action: string, signal?: AbortSignal): Promise<number | undefined>;
}

const thisHost: PolkitProbe = {
  mode: (path) =>
    stat(path).then(
      ({ mode }) => mode,
      () => undefined,
    ),
  check: async (action, signal) =>
    // Without --allow-user-interaction: it answers, and asks nobody
    (await run('pkcheck', ['--action-id', action, '--process', String(process.pid)], { timeoutMs: 5000, signal }))
      .exitCode,
};

/**
 * @returns `asks`: a password would be asked for; `no`: not; `unknown`: polkit decides, and it cannot be asked beforehand
 */
export async function systemAsksForPassword(
  signal?: AbortSignal,
  probe: PolkitProbe = thisHost,
): Promise<'asks' | 'no' | 'unknown'> {
  if (probe === thisHost && process.getuid?.() === 0) return 'no';
  const modes = await Promise.all(sockets.map((path) => probe.mode(path)));
  const mode = modes.find((found) => found !== undefined);
  // A socket that only a group may write to is decided on by that group; one that is not there asks nobody
  if (mode === undefined || (mode & everybodyWrites) === 0) return 'no';
  const status = await probe.check('org.libvirt.unix.manage', signal);
  if (status === challenge) return 'asks';
  return status === 0 || status === 1 ? 'no' : 'unknown';
}
