import { setInFile } from '../../core/config/edit';
import { exitStatus } from '../../core/errors';
import { configFile } from '../config-file';
import type { Cli } from '../context';
import { strings } from '../strings';

interface Options {
  readonly user?: boolean;
}

export async function run(cli: Cli, options: Options, [key = '', value = '']: readonly string[]): Promise<number> {
  const { path, scope } = configFile(cli, options.user === true);
  await setInFile(path, scope, key, value);
  cli.note(strings.config.set(key, value, path));
  return exitStatus.ok;
}
