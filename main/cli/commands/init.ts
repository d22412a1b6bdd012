import { relative } from 'node:path';
import { assertUsableProject, findProject } from '../../core/config/project';
import { exitStatus } from '../../core/errors';
import { writeProjectFiles } from '../../core/project-bin';
import type { Cli } from '../context';
import { printable } from '../render/text';
import { strings } from '../strings';

interface Options {
  readonly envrc?: boolean;
  readonly json?: boolean;
}

export async function run(cli: Cli, { envrc = false, json = false }: Options): Promise<number> {
  const project = findProject({ project: cli.options.project, cwd: cli.io.cwd, env: cli.io.env });
  assertUsableProject(project, cli.io.env);
  return initialise(cli, project, { envrc, json });
}

/** Writes the project's files and reports each. @returns the exit status: `conflict` where a foreign file is in the way */
export async function initialise(
  cli: Cli,
  project: string,
  { envrc, json }: { readonly envrc: boolean; readonly json: boolean },
): Promise<number> {
  const files = await writeProjectFiles(project, { envrc });
  if (json) cli.json({ schemaVersion: 1, project, files });
  else for (const { path, state } of files) cli.note(strings.init.file(printable(relative(project, path)), state));
  return files.some(({ state }) => state === 'foreign') ? exitStatus.conflict : exitStatus.ok;
}
