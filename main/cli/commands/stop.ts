import { exitStatus } from '../../core/errors';
import type { Cli } from '../context';
import { pasteable } from '../render/error';

interface Options {
  readonly force?: boolean;
  readonly timeout?: string;
  readonly json?: boolean;
}

export async function run(cli: Cli, options: Options): Promise<number> {
  const cluster = await cli.cluster({ stopTimeout: options.timeout });
  const { already } = await cluster.stop(
    { force: options.force === true },
    { signal: cli.signal, emit: cli.progress.emit },
  );
  cli.progress.end();
  const { name } = cluster.config;
  if (options.json === true) cli.json({ schemaVersion: 1, already, name });
  else {
    const again = cli.style.cyan(pasteable('k3s-vm start', cli.invocation));
    cli.print(
      already
        ? `The VM "${name}" is stopped already.`
        : `${cli.style.green('✓')} The VM "${name}" is stopped; the cluster is kept. Start it again:  ${again}`,
    );
  }
  return exitStatus.ok;
}
