import { exitStatus } from '../../core/errors';
import type { Cli } from '../context';
import { reportReady } from '../render/ready';

interface Options {
  readonly force?: boolean;
  readonly json?: boolean;
}

export async function run(cli: Cli, options: Options): Promise<number> {
  const cluster = await cli.cluster();
  const started = cli.io.elapsed();
  await cluster.restart(
    { wait: cluster.config.wait, force: options.force === true },
    { signal: cli.signal, emit: cli.progress.emit },
  );
  cli.progress.end();
  await reportReady(cli, cluster, {
    json: options.json === true,
    already: false,
    operation: 'restart',
    tookMs: cli.io.elapsed() - started,
  });
  return exitStatus.ok;
}
