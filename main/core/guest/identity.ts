/**
 * Who the guest is and who may come in: SSH keys that we make, so that already the first connection is verified.
 */
import { access, chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identityDir } from '../paths';
import { k3sVmError } from '../errors';
import { run } from '../process';
import { makeTempFolder } from '../temp-file';

export interface KeyPair {
  /** OpenSSH private key. */
  readonly privateKey: string;
  /** One line: type, key, comment. */
  readonly publicKey: string;
}

/** The files in the project's `.k3s-vm` folder. */
export const identityFiles = (project: string): { key: string; publicKey: string; knownHosts: string } => ({
  key: join(identityDir(project), 'id_ed25519'),
  publicKey: join(identityDir(project), 'id_ed25519.pub'),
  knownHosts: join(identityDir(project), 'known_hosts'),
});

/** The guest user that we log in as. */
export const guestUser = 'k3s-vm';

async function sshKeygen(path: string, comment: string, signal?: AbortSignal): Promise<void> {
  const result = await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', path], { signal });
  if (result.notFound) throw k3sVmError('TOOL_MISSING', { tool: 'ssh' });
  if (result.exitCode !== 0) throw k3sVmError('INTERNAL', { what: 'ssh-keygen failed' }, result.stderr);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/**
 * The project's client key, made on first use. Its folder ignores itself in git.
 *
 * @returns the public key
 */
export async function ensureClientKey(project: string, signal?: AbortSignal): Promise<string> {
  const dir = identityDir(project);
  const files = identityFiles(project);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await writeFile(join(dir, '.gitignore'), '*\n');
  if (!(await exists(files.key)) || !(await exists(files.publicKey))) {
    await rm(files.key, { force: true });
    await rm(files.publicKey, { force: true });
    await sshKeygen(files.key, 'k3s-vm', signal);
  }
  await chmod(files.key, 0o600);
  return (await readFile(files.publicKey, 'utf8')).trim();
}

/**
 * A host key for a guest that is about to be made. The private half goes into its seed and nowhere else; the public
 * half is pinned in the project's known_hosts under the VM's name.
 */
export async function newHostKey(project: string, vm: string, signal?: AbortSignal): Promise<KeyPair> {
  const dir = await makeTempFolder();
  try {
    await sshKeygen(join(dir, 'key'), vm, signal);
    const privateKey = await readFile(join(dir, 'key'), 'utf8');
    const publicKey = (await readFile(join(dir, 'key.pub'), 'utf8')).trim();
    const [type = '', key = ''] = publicKey.split(' ');
    await writeFile(identityFiles(project).knownHosts, `${vm} ${type} ${key}\n`, { mode: 0o600 });
    return { privateKey, publicKey };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Whether the project holds the keys of a guest: ours to log in with, and its own pinned. */
export async function hasKeysFor(project: string, vm: string): Promise<boolean> {
  const files = identityFiles(project);
  const pinned = await readFile(files.knownHosts, 'utf8').catch(() => '');
  return pinned.startsWith(`${vm} `) && exists(files.key);
}
