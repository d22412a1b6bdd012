import { exitStatus, k3sVmError } from '../../core/errors';
import { kubeconfigText } from '../../core/k3s/kubeconfig';
import { kubeconfigFile } from '../../core/paths';
import type { Cli } from '../context';
import { strings } from '../strings';

interface Options {
  readonly path?: boolean;
  readonly print?: boolean;
  readonly refresh?: boolean;
}

export async function run(cli: Cli, options: Options): Promise<number> {
  if (options.path === true && options.print === true) {
    throw k3sVmError('USAGE', { problem: strings.usage.pathOrContent, help: 'k3s-vm kubeconfig --help' });
  }
  const cluster = await cli.cluster();
  const { project, name } = cluster.config;
  const path = kubeconfigFile(project);
  if (options.refresh === true) await cluster.refreshKubeconfig({ signal: cli.signal });
  const { requireProjectCopy } = await import('../../core/k3s/kubeconfig-files');
  const own = await requireProjectCopy(project);
  if (own === undefined) {
    const { state } = await cluster.observe({ signal: cli.signal });
    throw state === 'absent' ? k3sVmError('VM_ABSENT', { name }) : k3sVmError('VM_INCOMPLETE', { name });
  }
  cli.print(options.print === true ? kubeconfigText(own.name, own.access) : path);
  return exitStatus.ok;
}
