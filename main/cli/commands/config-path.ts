import { exitStatus } from '../../core/errors';
import { configFile } from '../config-file';
import type { Cli } from '../context';

interface Options {
  readonly user?: boolean;
}

export async function run(cli: Cli, options: Options): Promise<number> {
  cli.print(configFile(cli, options.user === true).path);
  return Promise.resolve(exitStatus.ok);
}
