import type { Flags } from '../../core/config/load';
import { exitStatus, k3sVmError } from '../../core/errors';
import type { Cli } from '../context';
import { strings } from '../strings';

interface Options {
  readonly force?: boolean;
  readonly json?: boolean;
}

/** These two set stopMode (command-table.ts); they are read here only to refuse what contradicts itself. */
interface Modes {
  readonly save?: boolean;
  readonly shutdown?: boolean;
}

export async function run(cli: Cli, options: Options & Modes): Promise<number> {
  const others = [...(options.shutdown === true ? ['--shutdown'] : []), ...(options.force === true ? ['--force'] : [])];
  if (options.save === true && others.length > 0) {
    const problem = strings.usage.exclusive(['--save', ...others]);
    throw k3sVmError('USAGE', { problem, help: 'k3s-vm stop --help' });
  }
  return stop(cli, options);
}

/**
 * Stops the VM and says so.
 *
 * @param flags settings besides those of the command line
 * @returns the exit status
 */
export async function stop(cli: Cli, options: Options, flags: Flags = {}): Promise<number> {
  const cluster = await cli.cluster(flags);
  const { already } = await cluster.stop(
    { force: options.force === true },
    { signal: cli.signal, emit: cli.progress.emit },
  );
  cli.progress.end();
  const { name, stopMode: mode } = cluster.config;
  const suspended = mode === 'save' && options.force !== true;
  if (options.json === true) cli.json({ schemaVersion: 1, already, suspended, name });
  else if (already) cli.print(strings.stop.notRunning(name));
  else {
    const said = suspended ? strings.stop.suspended(name) : strings.stop.stopped(name);
    const again = cli.command(suspended ? 'k3s-vm resume' : 'k3s-vm start');
    cli.print(`${cli.style.green('✓')} ${said}  ${cli.style.cyan(again)}`);
  }
  return exitStatus.ok;
}
