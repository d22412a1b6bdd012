import type { Cluster, VmInfo } from '../../core/cluster';
import { formatBytes } from '../../core/config/units';
import { requireUsableName } from '../../core/config/naming';
import { exitStatus } from '../../core/errors';
import { kubeconfigFile } from '../../core/paths';
import { confirm, declined } from '../confirm';
import type { Cli } from '../context';
import { printable, wrap } from '../render/text';
import { setUp } from './setup';

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
    if (!(await confirm(cli, recreate ? 'Delete it and make a fresh one?' : 'Delete it?', command)))
      return declined(cli);
  }
  const { removed } = await cluster.reset({ keepBase: recreate }, { signal: cli.signal, emit: cli.progress.emit });
  cli.progress.end();
  if (recreate) return setUp(cli, cluster, options.json === true);
  if (options.json === true) cli.json({ schemaVersion: 1, name: cluster.config.name, removed });
  else if (removed.length === 0) cli.print(`There was nothing to remove of "${cluster.config.name}".`);
  else {
    cli.print(`${cli.style.green('✓')} "${cluster.config.name}" is removed.`);
    if (!cli.options.quiet) cli.print(cli.style.dim(removed.map((what) => `  ${what}`).join('\n')));
  }
  return exitStatus.ok;
}

/** Exactly what goes and what stays, before the question. */
function announcement({ errorStyle: style, io }: Cli, { config }: Cluster, vm: VmInfo): string {
  const used = vm.diskUsedBytes === undefined ? '' : `, ${formatBytes(vm.diskUsedBytes)} on this host`;
  const goes =
    vm.state === 'absent'
      ? [`whatever is left of the VM "${config.name}" (libvirt has no such VM now)`]
      : [
          `the VM "${config.name}" (${vm.state}, on ${vm.connection}) with its snapshots and saved state`,
          `its disks${used}: the cluster and all data in it`,
          ...(vm.address === undefined ? [] : [`its address reservation ${vm.address}`]),
        ];
  const width = io.stderr.columns ?? 100;
  const item = (text: string): string =>
    wrap(printable(text), width - 5)
      .map((line, i) => `${i === 0 ? '  - ' : '    '}${line}`)
      .join('\n');
  const stays = 'This stays: your settings (k3s-vm.yaml), downloads in the cache, everything else in the project.';
  return [
    style.bold(`Project ${printable(config.project)}`),
    style.red('This will be deleted and cannot be brought back:'),
    ...[...goes, `${kubeconfigFile(config.project)} and the SSH keys of the VM`].map(item),
    ...wrap(stays, width - 1).map(style.dim),
  ].join('\n');
}
