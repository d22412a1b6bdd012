import { existsSync } from 'node:fs';
import { formatBytes } from '../../core/config/units';
import { exitStatus } from '../../core/errors';
import type { Cli } from '../context';
import { table } from '../render/table';
import { printable } from '../render/text';

interface Options {
  readonly json?: boolean;
}

export async function run(cli: Cli, options: Options): Promise<number> {
  const { config } = await cli.config();
  const { listClusters } = await cli.core();
  const trace = cli.trace === undefined ? {} : { trace: cli.trace };
  const vms = cli.complete(await listClusters(config, { ...trace, signal: cli.signal }));
  if (options.json === true) {
    cli.json({ schemaVersion: 1, clusters: vms });
    return exitStatus.ok;
  }
  if (vms.length === 0) {
    cli.note('There are no clusters yet. Make one: k3s-vm setup');
    return exitStatus.ok;
  }
  const rows = vms.map((vm) => [
    vm.project === config.project ? '*' : ' ',
    printable(vm.name),
    vm.state,
    vm.cpus === undefined ? '' : String(vm.cpus),
    vm.memoryBytes === undefined ? '' : formatBytes(vm.memoryBytes),
    vm.diskUsedBytes === undefined ? '' : formatBytes(vm.diskUsedBytes),
    printable(vm.k3sVersion ?? ''),
    `${printable(vm.project ?? '')}${vm.project !== undefined && !existsSync(vm.project) ? ' (gone)' : ''}`,
  ]);
  const header = ['', 'NAME', 'STATE', 'CPUS', 'MEMORY', 'DISK', 'K3S', 'PROJECT'];
  cli.print(
    table(rows, { header, headerStyle: cli.style.dim, width: cli.io.stdout.isTTY ? cli.io.stdout.columns : undefined }),
  );
  return exitStatus.ok;
}
