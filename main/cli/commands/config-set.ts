import { setInFile } from '../../core/config/edit';
import { exitStatus } from '../../core/errors';
import { configFile } from '../config-file';
import type { Cli } from '../context';

interface Options {
  readonly user?: boolean;
}

export async function run(cli: Cli, options: Options, [key = '', value = '']: readonly string[]): Promise<number> {
  const { path, scope } = configFile(cli, options.user === true);
  await setInFile(path, scope, key, value);
  cli.note(`${key} is now ${value} in ${path}`);
  return exitStatus.ok;
}
