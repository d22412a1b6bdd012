/**
 * Which project the window shows first.
 */
import { accessSync, constants } from 'node:fs';
import { assertUsableProject, findProject, isMarked } from '../core/config/project';
import { asK3sVmError } from '../core/errors';

export interface StartQuery {
  /** `--project` */
  readonly named: string | undefined;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The project that this start asks for: the named one, or the one around the working directory. undefined if it asks for
 * none, as when it is started from the desktop's menu.
 *
 * @throws USAGE when the named folder is not there
 */
export function requestedProject({ named, cwd, env }: StartQuery): string | undefined {
  const project = findProject({ project: named, cwd, env });
  const isMeant = named !== undefined || Boolean(env.K3S_VM_PROJECT);
  return isMeant || isMarked(project, env) ? project : undefined;
}

/** The project if none was asked for: the last one if its folder still exists, else the working directory if it is usable. */
export function usualProject(last: string | undefined, { cwd, env }: Omit<StartQuery, 'named'>): string | undefined {
  return [last, cwd].find((folder) => folder !== undefined && problemWith(folder, env) === undefined);
}

/** Why a folder cannot be a project; undefined: it can. */
export function problemWith(folder: string, env: StartQuery['env']): string | undefined {
  try {
    assertUsableProject(findProject({ project: folder, env }), env);
    accessSync(folder, constants.W_OK);
    return undefined;
  } catch (error) {
    return asK3sVmError(error).message;
  }
}
