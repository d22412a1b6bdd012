import type { ListedGolden } from '../../core';
import { formatBytes } from '../../core/config/units';
import { exitStatus } from '../../core/errors';
import { cacheList } from '../../core/downloads/cache-list';
import { cacheDir } from '../../core/paths';
import type { Cli } from '../context';
import { goldenImages, goldenTitle } from '../golden';
import { table } from '../render/table';
import { formatAgo, printable } from '../render/text';
import { strings } from '../strings';

interface Options {
  readonly json?: boolean;
}

export async function run(cli: Cli, options: Options): Promise<number> {
  const items = await cacheList();
  const answer = await goldenImages(cli, 'list');
  const golden = answer ?? [];
  const folder = cacheDir(cli.io.env);
  if (options.json === true) {
    cli.json({ schemaVersion: 1, folder, items, golden: answer ?? null });
    return exitStatus.ok;
  }
  if (items.length + golden.length === 0) {
    cli.note(strings.cache.empty(folder));
    return exitStatus.ok;
  }
  const rows = [
    ...items.map(({ key, source, bytes, state, usedAt, inUse }) => [
      printable(key),
      printable(from(source)),
      formatBytes(bytes),
      inUse ? strings.cache.inUse(state) : state,
      formatAgo(usedAt, cli.io.now()),
    ]),
    ...golden.map((image) => [
      printable(goldenTitle(image)),
      '',
      formatBytes(image.bytes),
      goldenState(image),
      image.madeAt === undefined ? '' : formatAgo(image.madeAt, cli.io.now()),
    ]),
  ];
  const { style, io } = cli;
  cli.print(
    table(rows, {
      header: strings.cache.header,
      headerStyle: style.dim,
      flexible: 0,
      width: io.stdout.isTTY ? io.stdout.columns : undefined,
    }),
  );
  const sum = (sizes: readonly { readonly bytes: number }[]): string =>
    formatBytes(sizes.reduce((total, { bytes }) => total + bytes, 0));
  const total = strings.cache.total(sum(items), folder, golden.length === 0 ? undefined : sum(golden));
  cli.note(style.dim(`\n${total}`));
  return exitStatus.ok;
}

/** A source in short: `github.com`, `imported`. */
const from = (source = ''): string => (URL.canParse(source) ? new URL(source).host : source);

function goldenState({ whole, inUse }: ListedGolden): string {
  const state = strings.cache.goldenState(whole);
  return inUse ? strings.cache.inUse(state) : state;
}
