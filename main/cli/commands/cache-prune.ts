import { formatBytes } from '../../core/config/units';
import { exitStatus } from '../../core/errors';
import { cachePrune } from '../../core/k3s/cache';
import type { Cli } from '../context';
import { table } from '../render/table';
import { printable } from '../render/text';

interface Options {
  readonly all?: boolean;
  readonly json?: boolean;
}

export async function run(cli: Cli, options: Options): Promise<number> {
  const { removed, bytes } = await cachePrune({ all: options.all === true });
  if (options.json === true) cli.json({ schemaVersion: 1, removed, bytes });
  else if (removed.length === 0) cli.print('There was nothing to remove.');
  else {
    cli.print(table(removed.map((item) => [`  ${printable(item.key)}`, formatBytes(item.bytes), item.state])));
    cli.print(`${cli.style.green('✓')} ${formatBytes(bytes)} freed.`);
  }
  return exitStatus.ok;
}
