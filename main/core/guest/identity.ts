/**
 * Who the guest is and who may come in: SSH keys that we make, so that already the first connection is verified. They are
 * in the folder that the user keeps of the VM (vm-folder.ts), never in the project.
 */
import { access, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isK3sVmError, k3sVmError } from '../errors';
import { withFolder } from '../files/folder';
import { markerDir } from '../paths';
import { run } from '../process';
import { createVmFolder, vmDir, type VmRecord } from '../files/vm-folder';

export interface KeyPair {
  /** OpenSSH private key. */
  readonly privateKey: string;
  /** One line: type, key, comment. */
  readonly publicKey: string;
}

/** The guest user that we log in as. */
export const guestUser = 'k3s-vm';

/**
 * Names of the files. ssh is run in their folder and is given no path: it would expand `%`, `~` and `${…}` in one, and
 * split it at blanks. See TOKENS and ENVIRONMENT VARIABLES in ssh_config(5).
 */
export const keyFile = 'id_ed25519';
export const knownHostsFile = 'known_hosts';
/** Its private half is there only until the seed is made. */
const hostKeyFile = 'host_key';

async function sshKeygen(folder: string, name: string, comment: string, signal?: AbortSignal): Promise<string> {
  const args = ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', name];
  const result = await run('ssh-keygen', args, { cwd: folder, signal });
  if (result.notFound) throw k3sVmError('TOOL_MISSING', { tool: 'ssh' });
  if (result.exitCode !== 0) throw k3sVmError('INTERNAL', { what: 'ssh-keygen failed' }, result.stderr);
  return (await readFile(join(folder, `${name}.pub`), 'utf8')).trim();
}

/** The line that pins a guest's host key under the VM's name, whatever its address. */
function pin(vm: string, publicKey: string): string {
  const [type = '', key = ''] = publicKey.split(' ');
  return `${vm} ${type} ${key}\n`;
}

/**
 * Makes the keys of a VM that is about to be made: always new ones. The private half of the host key goes into its seed
 * and is kept nowhere else.
 *
 * @throws TOOL_MISSING without ssh
 */
export async function createIdentity(
  uuid: string,
  vm: VmRecord,
  signal?: AbortSignal,
): Promise<{ readonly clientPublicKey: string; readonly hostKey: KeyPair }> {
  await createVmFolder(uuid, vm);
  const folder = vmDir(uuid);
  const clientPublicKey = await sshKeygen(folder, keyFile, 'k3s-vm', signal);
  try {
    const publicKey = await sshKeygen(folder, hostKeyFile, vm.name, signal);
    const privateKey = await readFile(join(folder, hostKeyFile), 'utf8');
    await withFolder(folder, { create: false }, ({ write }) => write(knownHostsFile, pin(vm.name, publicKey)));
    return { clientPublicKey, hostKey: { privateKey, publicKey } };
  } finally {
    for (const name of [hostKeyFile, `${hostKeyFile}.pub`]) await rm(join(folder, name), { force: true });
  }
}

/** Whether we hold the keys of a VM: ours to log in with, and its own pinned. */
export async function hasKeys(uuid: string, vm: string): Promise<boolean> {
  const folder = vmDir(uuid);
  const pinned = await readFile(join(folder, knownHostsFile), 'utf8').catch(() => '');
  if (!pinned.startsWith(`${vm} `)) return false;
  return access(join(folder, keyFile)).then(
    () => true,
    () => false,
  );
}

/** @throws KEYS_LOST */
export async function requireKeys(uuid: string, vm: string): Promise<void> {
  if (!(await hasKeys(uuid, vm))) throw k3sVmError('KEYS_LOST', { name: vm, folder: vmDir(uuid) });
}

/**
 * Moves the keys of a VM that an earlier version made from the project's `.k3s-vm` folder to where they are kept now.
 * Nothing is taken that is reached through a link or belongs to somebody else, and nothing where we have keys already. The
 * caller knows that the VM is this project's.
 */
export async function adoptKeys(uuid: string, vm: VmRecord): Promise<void> {
  if (await hasKeys(uuid, vm.name)) return;
  try {
    await withFolder(markerDir(vm.project), { create: false }, async (old) => {
      const key = await old.read(keyFile);
      const [pinned = ''] = (await old.read(knownHostsFile))?.split('\n') ?? [];
      const match = /^(\S+) (ssh-ed25519 [A-Za-z0-9+/=]+)$/.exec(pinned);
      if (key?.startsWith('-----BEGIN OPENSSH PRIVATE KEY-----\n') !== true) return;
      if (match?.[1] !== vm.name || match[2] === undefined) return;
      await createVmFolder(uuid, vm);
      await withFolder(vmDir(uuid), { create: false }, async (kept) => {
        await kept.write(keyFile, key);
        // Last: with it the keys count
        await kept.write(knownHostsFile, pin(vm.name, match[2] ?? ''));
      });
      for (const name of [keyFile, `${keyFile}.pub`, knownHostsFile]) await old.remove(name).catch(() => false);
    });
  } catch (error) {
    // A folder that is no real one of ours holds no keys of ours
    if (!isK3sVmError(error, 'FOLDER_REFUSED')) throw error;
  }
}
