import type { Cluster } from '../../core/cluster';
import { kubeconfigFile } from '../../core/paths';
import type { Cli } from '../context';
import { formatElapsed, printable } from './text';

export interface Ready {
  readonly json: boolean;
  readonly already: boolean;
  /** `is ready`, `is running already` */
  readonly headline: string;
  readonly tookMs: number;
}

/** The end of setup, start and restart: that it worked, and how to use the cluster. */
export async function reportReady(
  cli: Cli,
  cluster: Cluster,
  { json, already, headline, tookMs }: Ready,
): Promise<void> {
  const vm = await cluster.observe({ signal: cli.signal });
  const { config } = cluster;
  const kubeconfig = kubeconfigFile(config.project);
  if (json) return cli.json({ schemaVersion: 1, already, vm, kubeconfig });

  const { style } = cli;
  const facts = [vm.name, vm.k3sVersion === undefined ? undefined : `K3s ${vm.k3sVersion}`, vm.address].filter(Boolean);
  const took = already ? '' : style.dim(`  ${formatElapsed(tookMs)}`);
  cli.print(`${style.green('✓')} ${style.bold(`The cluster ${headline}`)}  ${printable(facts.join(', '))}${took}`);
  if (cli.options.quiet) return;
  if (config.wait === 'none' && !already) {
    return cli.print(`\n  It is still coming up. Watch it:  ${style.cyan(cli.command('k3s-vm status --watch'))}`);
  }
  cli.print(`\n  Kubeconfig  ${kubeconfig}\n  Try         ${style.cyan(cli.command('kubectl get nodes'))}`);
}
