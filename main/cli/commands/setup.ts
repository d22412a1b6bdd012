import type { Cluster } from '../../core/cluster';
import { checkAgainstHost } from '../../core/config/host-limits';
import type { Flags } from '../../core/config/load';
import { exitStatus } from '../../core/errors';
import type { Cli } from '../context';
import { waitFlags, type WaitOptions } from '../operation';
import { renderPlan } from '../render/plan';
import { reportReady } from '../render/ready';

interface Options extends WaitOptions {
  readonly cpus?: string;
  readonly memory?: string;
  readonly disk?: string;
  readonly k3sVersion?: string;
  readonly image?: string;
  readonly imageDigest?: string;
  readonly network?: string;
  readonly pool?: string;
  readonly acceleration?: string;
  readonly dryRun?: boolean;
  readonly installDeps?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export async function run(cli: Cli, options: Options): Promise<number> {
  const flags: Flags = {
    cpus: options.cpus,
    memory: options.memory,
    disk: options.disk,
    'k3s.version': options.k3sVersion,
    image: options.image,
    imageDigest: options.imageDigest,
    network: options.network,
    pool: options.pool,
    acceleration: options.acceleration,
    ...waitFlags(options),
  };
  const cluster = await cli.cluster(flags, { making: true });
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
