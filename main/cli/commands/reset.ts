import type { Cluster, VmInfo } from '../../core/cluster';
import { formatBytes } from '../../core/config/units';
import { requireUsableName } from '../../core/config/naming';
import { exitStatus } from '../../core/errors';
import { kubeconfigFile } from '../../core/paths';
import { confirm, declined } from '../confirm';
import type { Cli } from '../context';
import { printable, wrap } from '../render/text';
import { setUp } from './setup';
import { strings } from '../strings';

interface Options {
  readonly yes?: boolean;
  readonly recreate?: boolean;
  readonly json?: boolean;
}

export async function run(cli: Cli, options: Options): Promise<number> {
  const cluster = await cli.cluster();
  const recreate = options.recreate === true;
  if (recreate) requireUsableName(cluster.config.name);
  if (options.yes !== true) {
    const vm = await cluster.observe({ signal: cli.signal });
    cli.io.stderr.write(`${announcement(cli, cluster, vm)}\n`);
    const command = ['k3s-vm reset', ...(recreate ? ['--recreate'] : [])].join(' ');
    if (!(await confirm(cli, strings.reset.question(recreate), command))) return declined(cli);
  }
  const { removed } = await cluster.reset({ keepBase: recreate }, { signal: cli.signal, emit: cli.progress.emit });
  cli.progress.end();
  if (recreate) return setUp(cli, cluster, options.json === true);
  if (options.json === true) cli.json({ schemaVersion: 1, name: cluster.config.name, removed });
  else if (removed.length === 0) cli.print(strings.reset.nothing(cluster.config.name));
  else {
    cli.print(`${cli.style.green('✓')} ${strings.reset.deleted(cluster.config.name)}`);
    if (!cli.options.quiet) cli.print(cli.style.dim(removed.map((what) => `  ${what}`).join('\n')));
  }
  return exitStatus.ok;
}

/** Exactly what goes and what stays, before the question. */
function announcement({ errorStyle: style, io }: Cli, { config }: Cluster, vm: VmInfo): string {
  const text = strings.reset;
  const used = vm.diskUsedBytes === undefined ? undefined : formatBytes(vm.diskUsedBytes);
  const goes =
    vm.state === 'absent'
      ? [text.leftovers(config.name)]
      : [
          text.vm(config.name, strings.stateOf(vm), vm.connection),
          text.disks(used),
          ...(vm.address === undefined ? [] : [text.address(vm.address)]),
        ];
  const width = io.stderr.columns ?? 100;
  const item = (line: string): string =>
    wrap(printable(line), width - 5)
      .map((part, i) => `${i === 0 ? '  - ' : '    '}${part}`)
      .join('\n');
  return [
    style.bold(text.project(printable(config.project))),
    style.red(text.title),
    ...[...goes, text.access(kubeconfigFile(config.project))].map(item),
    ...wrap(text.kept, width - 1).map(style.dim),
  ].join('\n');
}
