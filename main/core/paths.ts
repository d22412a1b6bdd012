/**
 * Where things are kept on the host. What belongs to a VM lives in libvirt; these are caches, keys and locks.
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

/** Operation logs and locks. */
export const stateDir = (env: Environment = process.env): string =>
  join(xdg(env, 'XDG_STATE_HOME', '.local/state'), 'k3s-vm');

/** The user's own configuration file. */
export const userConfigFile = (env: Environment = process.env): string =>
  join(xdg(env, 'XDG_CONFIG_HOME', '.config'), 'k3s-vm', 'config.yaml');

/** The project's configuration file. */
export const projectConfigFile = (project: string): string => join(project, 'k3s-vm.yaml');

/** The project's kubeconfig. */
export const kubeconfigFile = (project: string): string => join(project, '.kube', 'config');

/** The project's keys: SSH client key, pinned host keys. */
export const identityDir = (project: string): string => join(project, '.k3s-vm');
