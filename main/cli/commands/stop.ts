import { exitStatus, k3sVmError } from '../../core/errors';
import type { Cli } from '../context';

interface Options {
  readonly force?: boolean;
  readonly save?: boolean;
  readonly shutdown?: boolean;
  readonly timeout?: string;
  readonly json?: boolean;
}

/** What the flags say of the setting; undefined: nothing. */
function stopMode({ save, shutdown, force }: Options): string | undefined {
  const given = [save === true && '--save', shutdown === true && '--shutdown', force === true && '--force'];
  const flags = given.filter((flag) => flag !== false);
  if (save === true && flags.length > 1) {
    throw k3sVmError('USAGE', { problem: `${flags.join(' and ')} exclude each other.`, help: 'k3s-vm stop --help' });
  }
  if (save === true) return 'save';
  return shutdown === true ? 'shutdown' : undefined;
}

export async function run(cli: Cli, options: Options): Promise<number> {
  const cluster = await cli.cluster({ stopTimeout: options.timeout, stopMode: stopMode(options) });
  const { already } = await cluster.stop(
    { force: options.force === true },
    { signal: cli.signal, emit: cli.progress.emit },
  );
  cli.progress.end();
  const { name, stopMode: mode } = cluster.config;
  const saved = mode === 'save' && options.force !== true;
  if (options.json === true) cli.json({ schemaVersion: 1, already, saved, name });
  else {
    const again = cli.style.cyan(cli.command('k3s-vm start'));
    cli.print(
      already
        ? `The VM "${name}" is off already.`
        : `${cli.style.green('✓')} The VM "${name}" is ${saved ? 'saved to disk' : 'stopped'}; the cluster is kept. ${saved ? 'Go on' : 'Start it again'}:  ${again}`,
    );
  }
  return exitStatus.ok;
}
