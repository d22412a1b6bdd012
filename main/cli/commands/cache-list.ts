import { formatBytes } from '../../core/config/units';
import { exitStatus } from '../../core/errors';
import { cacheList } from '../../core/k3s/cache';
import { cacheDir } from '../../core/paths';
import type { Cli } from '../context';
import { table } from '../render/table';
import { formatAgo, printable } from '../render/text';

interface Options {
  readonly json?: boolean;
}

export async function run(cli: Cli, options: Options): Promise<number> {
  const items = await cacheList();
  const folder = cacheDir(cli.io.env);
  if (options.json === true) {
    cli.json({ schemaVersion: 1, folder, items });
    return exitStatus.ok;
  }
  if (items.length === 0) {
    cli.note(`Nothing is in the cache (${folder}).`);
    return exitStatus.ok;
  }
  const rows = items.map(({ key, bytes, state, usedAt, inUse }) => [
    printable(key),
    formatBytes(bytes),
    inUse ? `${state}, in use` : state,
    formatAgo(usedAt, cli.io.now()),
  ]);
  const { style, io } = cli;
  cli.print(
    table(rows, {
      header: ['WHAT', 'SIZE', 'STATE', 'USED'],
      headerStyle: style.dim,
      flexible: 0,
      width: io.stdout.isTTY ? io.stdout.columns : undefined,
    }),
  );
  const total = items.reduce((sum, { bytes }) => sum + bytes, 0);
  cli.note(style.dim(`\n${formatBytes(total)} in ${folder}`));
  return exitStatus.ok;
}
