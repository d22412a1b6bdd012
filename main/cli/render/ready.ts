import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Cluster } from '../../core/cluster';
import { kubeconfigFile } from '../../core/paths';
import type { Cli } from '../context';
import { pasteable } from './error';
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
    return cli.print(
      `\n  It is still coming up. Watch it:  ${style.cyan(pasteable('k3s-vm status --watch', cli.invocation))}`,
    );
  }
  cli.print(`\n  Kubeconfig  ${kubeconfig}\n  Try         ${style.cyan(`${kubectl(cli, kubeconfig)} get nodes`)}`);
}

/** How to call kubectl from here: the wrapper beside us, or with the kubeconfig. */
function kubectl({ io, options }: Cli, kubeconfig: string): string {
  const self = io.env.K3S_VM_COMMAND ?? '';
  const wrapper = self.includes('/') ? join(dirname(self), 'kubectl') : undefined;
  // The wrapper finds the project from the working directory upwards, as we did, but takes no options of ours
  if (wrapper === undefined || basename(self) !== 'k3s-vm' || !existsSync(resolve(io.cwd, wrapper))) {
    return `KUBECONFIG='${kubeconfig}' kubectl`;
  }
  return options.project === undefined ? wrapper : `K3S_VM_PROJECT='${options.project}' ${wrapper}`;
}
