import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../core/cluster';
import { checkAgainstHost } from '../../core/config/host-limits';
import { exitStatus } from '../../core/errors';
import { confirm, hasTerminal } from '../confirm';
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
  const { dryRun = false, installDeps = false, yes = false, json = false } = options;
  // A dry run that was not asked to install anything neither does nor asks
  if (!dryRun || installDeps) {
    const { installDependencies } = await import('../install-deps');
    const mayAsk = hasTerminal(cli) && !yes && !json;
    const ended = await installDependencies(cli, cluster.config, { wanted: installDeps, yes, mayAsk });
    if (ended !== undefined) return ended;
  }
  if (dryRun) return showPlan(cli, cluster, json);
  if (!yes && !json) await offerWrappers(cli, cluster.config.project);
  return setUp(cli, cluster, json);
}

/** Asks on a terminal whether the project gets wrappers of its own. k3s-vm's own clone has them. */
async function offerWrappers(cli: Cli, project: string): Promise<void> {
  if (!hasTerminal(cli) || cli.options.quiet === true) return;
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

async function showPlan(cli: Cli, cluster: Cluster, json: boolean): Promise<number> {
  const plan = await cluster.plan({ signal: cli.signal });
  if (json) cli.json({ schemaVersion: 1, ...plan });
  else {
    for (const warning of checkAgainstHost(cluster.config)) cli.warn(warning);
    cli.print(renderPlan(plan, cluster.config, cli.style));
  }
  return exitStatus.ok;
}
