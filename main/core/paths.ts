/**
 * Where things are kept on the host. What belongs to a VM lives in libvirt; these are caches, keys and locks.
 * bin/cluster-tool.sh follows the paths of the state folder too.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

const xdg = (env: Environment, name: string, fallback: string): string => {
  const value = env[name];
  return value?.startsWith('/') ? value : join(env.HOME ?? homedir(), fallback);
};

/** Downloads, shared by all projects of this user. `K3S_VM_CACHE_DIR` overrides. */
export const cacheDir = (env: Environment = process.env): string =>
  env.K3S_VM_CACHE_DIR ?? join(xdg(env, 'XDG_CACHE_HOME', '.cache'), 'k3s-vm');

/** Operation logs, locks, and what the user keeps of each VM. */
export const stateDir = (env: Environment = process.env): string =>
  join(xdg(env, 'XDG_STATE_HOME', '.local/state'), 'k3s-vm');

/** The user's own configuration file. */
export const userConfigFile = (env: Environment = process.env): string =>
  join(xdg(env, 'XDG_CONFIG_HOME', '.config'), 'k3s-vm', 'config.yaml');

/** The project's configuration file. */
export const projectConfigFile = (project: string): string => join(project, 'k3s-vm.yaml');

/** The project's kubeconfig. */
export const kubeconfigFile = (project: string): string => join(project, '.kube', 'config');

/**
 * What earlier versions kept in a project: the keys of its VM, until they are moved. It still marks a folder as a project;
 * nothing is written to it any more.
 */
export const markerDir = (project: string): string => join(project, '.k3s-vm');

/** One folder for each VM that this user made: its keys and kubeconfig. */
export const vmsDir = (): string => join(stateDir(), 'vms');

/** The folders that say which VM is a project's. Below them, folders have the names that the projects' paths have. */
export const projectsDir = (env?: Environment): string => join(stateDir(env), 'projects');

/**
 * The file with the UUID of the project's VM, which also marks a folder as a project. Its path mirrors the project's own,
 * so that a shell finds it without hashing anything, and no two projects can share one.
 *
 * @param project real path of its folder
 */
export const projectLinkFile = (project: string, env?: Environment): string =>
  join(projectsDir(env), project, projectLinkName);

/** Also a name that no folder in a project's path may have: see assertUsableProject. */
export const projectLinkName = '.k3s-vm-uuid';
