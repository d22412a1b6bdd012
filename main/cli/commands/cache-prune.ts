import { formatBytes } from '../../core/config/units';
import { exitStatus } from '../../core/errors';
import { cachePrune } from '../../core/downloads/cache-list';
import type { Cli } from '../context';
import { goldenImages, goldenTitle } from '../golden';
import { table } from '../render/table';
import { printable } from '../render/text';
import { strings } from '../strings';

interface Options {
  readonly all?: boolean;
  readonly json?: boolean;
}

export async function run(cli: Cli, options: Options): Promise<number> {
  const { removed, bytes } = await cachePrune({ all: options.all === true });
  const answer = await goldenImages(cli, 'prune');
  const golden = answer ?? [];
  const freed = golden.reduce((sum, image) => sum + image.bytes, bytes);
  if (options.json === true) cli.json({ schemaVersion: 1, removed, golden: answer ?? null, bytes: freed });
  else if (removed.length + golden.length === 0) cli.print(strings.cache.nothingToDelete);
  else {
    const rows = [
      ...removed.map((item) => [`  ${printable(item.key)}`, formatBytes(item.bytes), item.state]),
      ...golden.map((image) => [`  ${printable(goldenTitle(image))}`, formatBytes(image.bytes), strings.cache.unused]),
    ];
    cli.print(table(rows));
    cli.print(`${cli.style.green('✓')} ${strings.cache.freed(formatBytes(freed))}`);
  }
  return exitStatus.ok;
}
