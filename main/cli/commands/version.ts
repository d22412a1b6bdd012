import { version } from '../../../package.json';
import { exitStatus } from '../../core/errors';
import type { Cli } from '../context';

interface Options {
  readonly json?: boolean;
}

export function run(cli: Cli, options: Options): Promise<number> {
  if (options.json === true) cli.json({ schemaVersion: 1, version, node: process.versions.node });
  else cli.print(`k3s-vm ${version}`);
  return Promise.resolve(exitStatus.ok);
}
