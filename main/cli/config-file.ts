import { assertUsableProject, findProject } from '../core/config/project';
import { projectConfigFile, userConfigFile } from '../core/paths';
import type { Cli } from './context';

/** The configuration file that a `config` command is about. It need not load: that is what editing is for. */
export function configFile({ io, options }: Cli, user: boolean): { path: string; scope: 'project' | 'user' } {
  if (user) return { path: userConfigFile(io.env), scope: 'user' };
  const project = findProject({ project: options.project, cwd: io.cwd, env: io.env });
  assertUsableProject(project, io.env);
  return { path: projectConfigFile(project), scope: 'project' };
}
