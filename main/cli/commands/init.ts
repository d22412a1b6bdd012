import { relative } from 'node:path';
import { assertUsableProject, findProject } from '../../core/config/project';
import { exitStatus } from '../../core/errors';
import { writeProjectFiles, type FileState } from '../../core/project-bin';
import type { Cli } from '../context';
import { printable } from '../render/text';

interface Options {
  readonly envrc?: boolean;
  readonly json?: boolean;
}

const words: Readonly<Record<FileState, string>> = {
  created: 'created',
  updated: 'updated',
  unchanged: 'up to date',
  kept: 'kept',
  foreign: 'left alone: k3s-vm did not write it, or it was changed since',
};

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
  else for (const { path, state } of files) cli.note(`${printable(relative(project, path))}: ${words[state]}`);
  return files.some(({ state }) => state === 'foreign') ? exitStatus.conflict : exitStatus.ok;
}
