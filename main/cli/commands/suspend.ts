import { checkValue } from '../../core/config/validation';
import { exitStatus, k3sVmError } from '../../core/errors';
import type { Cli } from '../context';
import { stop } from './stop';
import { strings } from '../strings';

interface Options {
  readonly whenIdle?: string;
  readonly json?: boolean;
}

export async function run(cli: Cli, { whenIdle, ...options }: Options): Promise<number> {
  if (whenIdle !== undefined) {
    const why = await waitUntilIdle(cli, whenIdle);
    if (why !== undefined) {
      if (options.json === true) cli.json({ schemaVersion: 1, suspended: false, why });
      else cli.print(why);
      return exitStatus.ok;
    }
  }
  return stop(cli, options, { stopMode: 'save' });
}

/** @returns why there is nothing to suspend; undefined when the VM is idle */
async function waitUntilIdle(cli: Cli, time: string): Promise<string | undefined> {
  const checked = checkValue('autoSuspend', time);
  if ('problem' in checked || typeof checked.value !== 'number') {
    const problem = 'problem' in checked ? checked.problem : strings.usage.duration(time);
    throw k3sVmError('USAGE', { problem: strings.usage.whenIdle(problem), help: 'k3s-vm suspend --help' });
  }
  const cluster = await cli.cluster();
  const { name } = cluster.config;
  cli.note(strings.stop.waitingUntilIdle(name, time));
  const outcome = await cluster.waitUntilIdle(checked.value, { signal: cli.signal });
  if (outcome === 'watched') return strings.stop.watched(name);
  return outcome === 'not-running' ? strings.stop.notRunning(name) : undefined;
}
