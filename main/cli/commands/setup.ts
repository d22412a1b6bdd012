import type { Cluster } from '../../core/cluster';
import { checkAgainstHost } from '../../core/config/host-limits';
import { exitStatus } from '../../core/errors';
import type { Cli } from '../context';
import { renderPlan } from '../render/plan';
import { reportReady } from '../render/ready';

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
  return setUp(cli, cluster, options.json === true);
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
    headline: already ? 'is set up already' : cluster.config.wait === 'none' ? 'is made' : 'is ready',
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
