/**
 * Where a program is, without starting it.
 */
import { access, constants, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { searchPath } from './search-path';

/**
 * @param names candidates, best first: names for the PATH, or absolute paths
 * @param path the PATH
 * @returns the absolute path of the first that may be executed
 */
export async function findProgram(
  names: readonly string[],
  path: string | undefined = process.env.PATH,
): Promise<string | undefined> {
  const folders = searchPath(path);
  for (const name of names) {
    for (const candidate of name.startsWith('/') ? [name] : folders.map((folder) => join(folder, name))) {
      if (await isProgram(candidate)) return candidate;
    }
  }
  return undefined;
}

/** Names of a program that may be in sbin, which a user's PATH often lacks, as on Debian. */
export const systemProgram = (name: string): readonly string[] => [name, `/usr/sbin/${name}`, `/sbin/${name}`];

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/**
 * Names that the QEMU of an architecture goes by. RHEL keeps it out of the PATH; NixOS has one for libvirt alone.
 *
 * @param arch QEMU's name, e.g. `x86_64`
 */
export const qemuNames = (arch: string): readonly string[] => [
  `qemu-system-${arch}`,
  `/usr/bin/qemu-system-${arch}`,
  `/run/libvirt/nix-emulators/qemu-system-${arch}`,
  `/run/current-system/sw/bin/qemu-system-${arch}`,
  '/usr/libexec/qemu-kvm',
  'qemu-kvm',
  '/run/libvirt/nix-emulators/qemu-kvm',
];
