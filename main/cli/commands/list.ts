import { existsSync } from 'node:fs';
import type { VmInfo } from '../../core/cluster';
import { formatBytes } from '../../core/config/units';
import { exitStatus } from '../../core/errors';
import type { Cli } from '../context';
import { table } from '../render/table';
import { printable } from '../render/text';
import { strings } from '../strings';

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
    cli.note(strings.list.none(cli.command('k3s-vm setup')));
    return exitStatus.ok;
  }
  const rows = vms.map((vm) => [
    vm.project === config.project ? '*' : ' ',
    printable(vm.name),
    strings.stateOf(vm),
    vm.cpus === undefined ? '' : String(vm.cpus),
    vm.memoryBytes === undefined ? '' : formatBytes(vm.memoryBytes),
    vm.diskUsedBytes === undefined ? '' : formatBytes(vm.diskUsedBytes),
    printable(vm.k3sVersion ?? ''),
    folderOf(vm),
  ]);
  const { header } = strings.list;
  cli.print(
    table(rows, { header, headerStyle: cli.style.dim, width: cli.io.stdout.isTTY ? cli.io.stdout.columns : undefined }),
  );
  return exitStatus.ok;
}

function folderOf({ project = '' }: VmInfo): string {
  const folder = printable(project);
  return project === '' || existsSync(project) ? folder : strings.list.folderMissing(folder);
}
