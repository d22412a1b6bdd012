/**
 * Whose project folders are trusted. Anybody can put a k3s-vm.yaml into a shared folder such as /tmp, so a project has
 * to belong to the caller or to root, as a repository has to for git: https://git-scm.com/docs/git-config#Documentation/git-config.txt-safedirectory
 */
import { lstatSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { k3sVmError, type K3sVmError } from '../errors';
import { markerDir, kubeconfigFile, projectConfigFile } from '../paths';

type Environment = Readonly<Record<string, string | undefined>>;

/** User ids. */
export type Owners = ReadonlySet<number>;

/** Folders of other users that are trusted all the same, separated by colons. */
export const trustVariable = 'K3S_VM_TRUST';

/**
 * Who may own the files of a project; undefined: anybody, for a folder that K3S_VM_TRUST names. With sudo, the user who
 * called it counts as well, as for git.
 *
 * @param folder real path of the project folder
 */
export function trustedOwners(folder: string, env: Environment = process.env): Owners | undefined {
  if (env[trustVariable]?.split(':').includes(folder)) return undefined;
  const caller = process.geteuid?.();
  if (caller === undefined) return undefined;
  const sudo = caller === 0 && /^\d{1,10}$/.test(env.SUDO_UID ?? '') ? [Number(env.SUDO_UID)] : [];
  return new Set([0, caller, ...sudo]);
}

/**
 * Refuses a project folder that is somebody else's, or that holds a file of ours which is.
 *
 * @param folder real path of the project folder
 * @param found whether it was found from the working directory upwards, not named
 * @param owners who may own it; undefined: anybody
 * @throws UNTRUSTED_PROJECT naming the owner
 */
export function assertTrusted(folder: string, found: boolean, owners: Owners | undefined): void {
  const files = [projectConfigFile(folder), markerDir(folder), join(folder, '.kube'), kubeconfigFile(folder)];
  const foreign = [folder, ...files].flatMap((path) =>
    // Neither a symlink nor what it leads to may be another user's
    [lstatSync, statSync].flatMap((stat) => {
      const uid = ownerOf(path, stat);
      return uid === undefined || owners === undefined || owners.has(uid) ? [] : [{ path, uid }];
    }),
  );
  if (foreign.length > 0) throw untrusted(folder, foreign, found);
}

/** The same for one file of a project, of which the owner is known. @throws UNTRUSTED_PROJECT */
export function assertOwner(path: string, uid: number, owners: Owners | undefined): void {
  if (owners !== undefined && !owners.has(uid)) throw untrusted(dirname(path), [{ path, uid }], false);
}

function untrusted(
  folder: string,
  foreign: readonly { readonly path: string; readonly uid: number }[],
  found: boolean,
): K3sVmError {
  const { path = folder, uid = -1 } = foreign[0] ?? {};
  const paths = [...new Set(foreign.map((file) => file.path))];
  const caller = process.geteuid?.() ?? 0;
  return k3sVmError('UNTRUSTED_PROJECT', { folder, path, owner: userName(uid), paths, uid: caller, found });
}

/** undefined where there is nothing. What may not be looked at may not be read either, so nothing is trusted in it. */
function ownerOf(path: string, stat: typeof lstatSync | typeof statSync): number | undefined {
  try {
    return stat(path).uid;
  } catch {
    return undefined;
  }
}

/** For people: `nobody (user id 65534)`. Users that only a directory service knows go by their id. */
function userName(uid: number): string {
  const byId = `user id ${uid}`;
  try {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((entry) => entry.split(':')[2] === String(uid));
    return line === undefined ? byId : `${line.split(':')[0]} (${byId})`;
  } catch {
    return byId;
  }
}
