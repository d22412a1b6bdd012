import { exitStatus } from '../../core/errors';
import type { Cli } from '../context';
import { reportReady } from '../render/ready';

interface Options {
  readonly json?: boolean;
  readonly discardSaved?: boolean;
}

export async function run(cli: Cli, options: Options): Promise<number> {
  const cluster = await cli.cluster();
  const started = cli.io.elapsed();
  const { already } = await cluster.start(
    { wait: cluster.config.wait, discardSaved: options.discardSaved === true },
    { signal: cli.signal, emit: cli.progress.emit },
  );
  cli.progress.end();
  await reportReady(cli, cluster, {
    json: options.json === true,
    already,
    operation: 'start',
    tookMs: cli.io.elapsed() - started,
  });
  return exitStatus.ok;
}
