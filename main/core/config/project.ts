/**
 * Which folder is the project.
 */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { k3sVmError } from '../errors';
import { markerDir, projectConfigFile, projectLinkFile, projectLinkName } from '../paths';
import { assertTrusted, trustedOwners } from './ownership';

const is = (path: string, kind: 'isFile' | 'isDirectory'): boolean =>
  statSync(path, { throwIfNoEntry: false })?.[kind]() ?? false;

/**
 * Whether a folder is a project: it has settings, or a VM of this user's. Whatever is called k3s-vm.yaml counts: where it
 * cannot be read, that has to be said, not passed over.
 *
 * @param folder its real path
 */
export const isMarked = (folder: string, env: ProjectQuery['env'] = process.env): boolean =>
  existsSync(projectConfigFile(folder)) ||
  is(projectLinkFile(folder, env), 'isFile') ||
  is(markerDir(folder), 'isDirectory');

export interface ProjectQuery {
  /** `--project` */
  readonly project?: string | undefined;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

type OwnersOf = typeof trustedOwners;

/**
 * The real path of the project folder: the one that is named (`--project`, K3S_VM_PROJECT), else the nearest folder
 * from the working directory upwards with a k3s-vm.yaml or a VM, else the working directory.
 *
 * @param ownersOf who may own the files of a project; for tests
 * @throws USAGE when the named folder is not there; UNTRUSTED_PROJECT when a named or marked one is another user's
 */
export function findProject(
  { project, cwd = process.cwd(), env = process.env }: ProjectQuery = {},
  ownersOf: OwnersOf = trustedOwners,
): string {
  const named = project ?? (env.K3S_VM_PROJECT || undefined);
  if (named !== undefined) {
    const path = resolve(cwd, named);
    if (is(path, 'isDirectory')) return trusted(realpathSync(path), false);
    const origin = project === undefined ? 'K3S_VM_PROJECT' : '--project';
    throw k3sVmError('USAGE', { problem: `There is no folder ${path} (from ${origin}).`, help: 'k3s-vm list' });
  }
  const start = realpathSync(cwd);
  for (let folder = start; ; folder = dirname(folder)) {
    if (isMarked(folder, env)) return trusted(folder, folder !== start);
    // Nothing of an unmarked folder is read yet: assertUsableProject looks at it when it is to become a project
    if (dirname(folder) === folder) return start;
  }

  function trusted(folder: string, found: boolean): string {
    assertTrusted(folder, found, ownersOf(folder, env));
    return folder;
  }
}

/**
 * Refuses another user's folder as a project, and the home folder: its .kube/config is the user's own kubeconfig, which
 * is never read, written or removed.
 *
 * @throws USAGE; UNTRUSTED_PROJECT
 */
export function assertUsableProject(
  project: string,
  env: ProjectQuery['env'] = process.env,
  ownersOf: OwnersOf = trustedOwners,
): void {
  if (project.split('/').includes(projectLinkName)) {
    throw k3sVmError('USAGE', {
      problem: `${project} cannot be a project: k3s-vm itself uses the name ${projectLinkName}. Rename the folder.`,
      help: 'k3s-vm list',
    });
  }
  assertTrusted(project, false, ownersOf(project, env));
  const home = env.HOME || homedir();
  const realHome = is(home, 'isDirectory') ? realpathSync(home) : home;
  const own = is(join(home, '.kube'), 'isDirectory') ? realpathSync(join(home, '.kube')) : undefined;
  const kube = is(join(project, '.kube'), 'isDirectory') ? realpathSync(join(project, '.kube')) : undefined;
  if (project !== realHome && (own === undefined || own !== kube)) return;
  throw k3sVmError('USAGE', {
    problem: `${project} cannot be a project: its .kube/config is your own kubeconfig. Change to a project folder, or name one with --project.`,
    help: 'k3s-vm list',
  });
}
