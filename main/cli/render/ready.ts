import { join, relative } from 'node:path';
import type { Cluster } from '../../core/cluster';
import { kubeconfigFile } from '../../core/paths';
import type { OperationName } from '../../core/progress';
import { sh } from '../../core/shell-quote';
import type { Cli } from '../context';
import { table } from './table';
import { formatElapsed, printable } from './text';
import { strings } from '../strings';

export interface Ready {
  readonly json: boolean;
  readonly already: boolean;
  readonly operation: OperationName;
  readonly tookMs: number;
}

/** The end of setup, start and restart: that it worked, and how to use the cluster. */
export async function reportReady(
  cli: Cli,
  cluster: Cluster,
  { json, already, operation, tookMs }: Ready,
): Promise<void> {
  const vm = await cluster.observe({ signal: cli.signal });
  const { config } = cluster;
  const kubeconfig = kubeconfigFile(config.project);
  if (json) return cli.json({ schemaVersion: 1, already, vm, kubeconfig });

  const { style } = cli;
  const facts = [
    vm.name,
    vm.k3sVersion === undefined ? undefined : strings.ready.k3s(vm.k3sVersion),
    vm.address,
  ].filter(Boolean);
  const took = already ? '' : style.dim(`  ${formatElapsed(tookMs)}`);
  const headline = strings.ready.headline(operation, { already, waited: config.wait !== 'none' });
  cli.print(`${style.green('✓')} ${style.bold(headline)}  ${printable(facts.join(', '))}${took}`);
  if (cli.options.quiet) return;
  if (config.wait === 'none' && !already) {
    return cli.print(`\n  ${strings.ready.stillStarting}  ${style.cyan(cli.command('k3s-vm status --watch'))}`);
  }
  const { hasWrappers } = await import('../../core/project-bin');
  const wrapper = relative(cli.io.cwd, join(config.project, 'bin', 'kubectl'));
  // A bare name would be looked up on PATH, and be the kubectl of the user's own clusters
  const path = wrapper.includes('/') ? wrapper : `./${wrapper}`;
  const kubectl = (await hasWrappers(config.project)) ? sh`${[path]} get nodes` : cli.command('kubectl get nodes');
  const rows = [
    [`  ${strings.ready.kubeconfig}`, kubeconfig],
    [`  ${strings.ready.try}`, style.cyan(kubectl)],
  ];
  cli.print(`\n${table(rows)}`);
}
