/**
 * The core as the dashboard uses it. Tests put a fake in its place.
 */
import { stat } from 'node:fs/promises';
import type { Cluster, VmInfo } from '../core/cluster';
import { createCluster, listClusters } from '../core/index';
import { loadConfig, type Flags, type LoadedConfig } from '../core/config/load';
import { projectConfigFile, userConfigFile } from '../core/paths';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Core {
  /** @throws CONFIG_INVALID */
  load(project: string): Promise<LoadedConfig>;
  /** @param flags settings for this cluster alone, as a command's flags are */
  open(project: string, flags?: Flags): Promise<Cluster>;
  list(config: Pick<LoadedConfig['config'], 'connection'>, signal: AbortSignal): Promise<readonly VmInfo[]>;
  /** Changes whenever one of the project's configuration files does. */
  configVersion(project: string): Promise<string>;
}

export function realCore(env: Environment): Core {
  const load = (project: string, flags: Flags = {}): Promise<LoadedConfig> =>
    loadConfig({ project, cwd: project, env, flags });
  const version = (path: string): Promise<string> =>
    stat(path).then(
      ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
      () => 'none',
    );
  return {
    load,
    async open(project, flags) {
      const { config, sources } = await load(project, flags);
      const explicit = Object.entries(sources).flatMap(([key, { kind }]) => (kind === 'default' ? [] : [key]));
      return createCluster(config, { explicit: new Set(explicit) });
    },
    list: (config, signal) => listClusters(config, { signal }),
    configVersion: async (project) =>
      (await Promise.all([version(projectConfigFile(project)), version(userConfigFile(env))])).join(' '),
  };
}
