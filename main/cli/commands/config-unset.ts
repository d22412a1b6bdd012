import { unsetInFile } from '../../core/config/edit';
import { exitStatus } from '../../core/errors';
import { configFile } from '../config-file';
import type { Cli } from '../context';
import { strings } from '../strings';

interface Options {
  readonly user?: boolean;
}

export async function run(cli: Cli, options: Options, [key = '']: readonly string[]): Promise<number> {
  const { path, scope } = configFile(cli, options.user === true);
  const removed = await unsetInFile(path, scope, key);
  cli.note(removed ? strings.config.removed(key, path) : strings.config.notSet(key, path));
  return exitStatus.ok;
}
