/**
 * The core as the dashboard uses it. Tests put a fake in its place.
 */
import { mkdir, stat } from 'node:fs/promises';
import { appImage, lastingProgram } from '../core/caller';
import type { Cluster, VmInfo } from '../core/cluster';
import { assertUsableProject } from '../core/config/project';
import { isNamed, loadConfig, type Flags, type LoadedConfig } from '../core/config/load';
import { createCluster, listClusters } from '../core/index';
import { projectConfigFile, stateDir, userConfigFile } from '../core/paths';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ProjectRef {
  /** Absolute path of the project folder. */
  readonly path: string;
  /** Name and connection of its VM, in case the folder with its configuration was deleted. */
  readonly name: string;
  readonly connection?: string | undefined;
}

export interface Core {
  /**
   * @param flags settings for this call only, like the flags of a command
   * @throws CONFIG_INVALID; USAGE for a folder that cannot be a project
   */
  load(project: ProjectRef, flags?: Flags): Promise<LoadedConfig>;
  /** The cluster of a project. @throws as load */
  open(project: ProjectRef, flags?: Flags): Promise<Cluster>;
  /** Every VM of this tool on a connection; `auto`: on both local ones. */
  list(connection: string, signal: AbortSignal): Promise<readonly VmInfo[]>;
  /** Changes whenever the project's or the user's configuration file does. */
  configVersion(path: string): Promise<string>;
}

/** @param bin folder of bin/k3s-vm */
export function realCore(env: Environment, bin: string): Core {
  async function load({ path, name, connection }: ProjectRef, flags: Flags = {}): Promise<LoadedConfig> {
    if (await isFolder(path)) {
      assertUsableProject(path, env);
      return loadConfig({ project: path, cwd: path, env, flags });
    }
    // Like `k3s-vm --name`: the VM of a deleted folder can still be inspected, stopped and reset
    const nowhere = stateDir(env);
    await mkdir(nowhere, { recursive: true, mode: 0o700 });
    const loaded = await loadConfig({ project: nowhere, cwd: nowhere, env, flags: { name, connection, ...flags } });
    return { ...loaded, config: { ...loaded.config, project: path } };
  }
  return {
    load,
    async open(project, flags) {
      const loaded = await load(project, flags);
      const { config, explicit } = loaded;
      // What an AppImage leaves running loses its files
      const lasting = appImage(env, bin) === undefined ? { program: lastingProgram(env, bin) } : {};
      return createCluster(config, { explicit, named: isNamed(loaded), ...lasting });
    },
    list: (connection, signal) => listClusters({ connection }, { signal }),
    configVersion: async (path) =>
      (await Promise.all([path, projectConfigFile(path), userConfigFile(env)].map(version))).join(' '),
  };
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

const version = (path: string): Promise<string> =>
  stat(path).then(
    (found) => (found.isDirectory() ? 'folder' : `${found.mtimeMs} ${found.size} ${found.ino}`),
    () => 'none',
  );
