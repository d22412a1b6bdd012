import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { version } from '../../../package.json';
import { exitStatus } from '../../core/errors';
import { sh } from '../../core/shell-quote';
import type { Cli } from '../context';
import { installation } from '../installation';
import { strings } from '../strings';

interface Options {
  readonly check?: boolean;
  readonly json?: boolean;
}

export async function run(cli: Cli, options: Options): Promise<number> {
  const installed = { schemaVersion: 1, version, node: process.versions.node };
  if (options.check !== true) {
    if (options.json === true) cli.json(installed);
    else cli.print(`k3s-vm ${version}`);
    return exitStatus.ok;
  }
  // Only who asks for it pays for an HTTP client
  const { isNewer, newestRelease } = await import('../../core/downloads/newest-release');
  const { config } = await cli.config();
  const newest = await newestRelease(config.sources.k3sVm, cli.signal);
  const updateAvailable = isNewer(newest, version);
  if (options.json === true) cli.json({ ...installed, newest, updateAvailable });
  else {
    const { newest: same, newer } = strings.version;
    cli.print(`k3s-vm ${version}\n${updateAvailable ? `${newer(newest)}\n  ${howToUpdate(installation())}` : same}`);
  }
  return exitStatus.ok;
}

/** @param root the folder that we are installed in */
function howToUpdate(root: string): string {
  if (basename(dirname(root)) === 'node_modules') return 'npm install --global k3s-vm@latest';
  return existsSync(join(root, '.git')) ? sh`git -C ${root} pull` : strings.version.anyWay;
}
