import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../core/cluster';
import { checkAgainstHost } from '../../core/config/host-limits';
import { exitStatus } from '../../core/errors';
import { confirm } from '../confirm';
import type { Cli } from '../context';
import { renderPlan } from '../render/plan';
import { reportReady } from '../render/ready';
import { strings } from '../strings';

interface Options {
  readonly dryRun?: boolean;
  readonly installDeps?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export async function run(cli: Cli, options: Options): Promise<number> {
  const cluster = await cli.cluster({}, { making: true });
  if (options.dryRun === true) return dryRun(cli, cluster, options.json === true);
  if (options.installDeps === true) {
    const { installDependencies } = await import('../install-deps');
    if (!(await installDependencies(cli, options.yes === true))) return exitStatus.cancelled;
  }
  if (options.yes !== true && options.json !== true) await offerWrappers(cli, cluster.config.project);
  return setUp(cli, cluster, options.json === true);
}

/** Asks on a terminal whether the project gets wrappers of its own. k3s-vm's own clone has them. */
async function offerWrappers(cli: Cli, project: string): Promise<void> {
  const { stdin, stderr } = cli.io;
  if (stdin.isTTY !== true || stderr.isTTY !== true || cli.options.quiet === true) return;
  if (existsSync(join(project, 'bin', 'cluster-tool.sh'))) return;
  const { hasWrappers } = await import('../../core/project-bin');
  if (await hasWrappers(project)) return;
  if (!(await confirm(cli, strings.init.question, 'k3s-vm init'))) return;
  const { initialise } = await import('./init');
  await initialise(cli, project, { envrc: false, json: false });
}

/** Sets a cluster up and says what the user needs next. `reset --recreate` ends here as well. */
export async function setUp(cli: Cli, cluster: Cluster, json: boolean): Promise<number> {
  for (const warning of checkAgainstHost(cluster.config)) cli.warn(warning);
  const started = cli.io.elapsed();
  const { already } = await cluster.setup(
    { wait: cluster.config.wait },
    { signal: cli.signal, emit: cli.progress.emit },
  );
  cli.progress.end();
  await reportReady(cli, cluster, {
    json,
    already,
    operation: 'setup',
    tookMs: cli.io.elapsed() - started,
  });
  return exitStatus.ok;
}

async function dryRun(cli: Cli, cluster: Cluster, json: boolean): Promise<number> {
  const plan = await cluster.plan({ signal: cli.signal });
  if (json) cli.json({ schemaVersion: 1, ...plan });
  else {
    for (const warning of checkAgainstHost(cluster.config)) cli.warn(warning);
    cli.print(renderPlan(plan, cluster.config, cli.style));
  }
  return exitStatus.ok;
}
