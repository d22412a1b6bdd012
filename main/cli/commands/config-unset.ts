import { unsetInFile } from '../../core/config/edit';
import { exitStatus } from '../../core/errors';
import { configFile } from '../config-file';
import type { Cli } from '../context';

interface Options {
  readonly user?: boolean;
}

export async function run(cli: Cli, options: Options, [key = '']: readonly string[]): Promise<number> {
  const { path, scope } = configFile(cli, options.user === true);
  const removed = await unsetInFile(path, scope, key);
  cli.note(removed ? `${key} is removed from ${path}` : `${key} is not set in ${path}`);
  return exitStatus.ok;
}
