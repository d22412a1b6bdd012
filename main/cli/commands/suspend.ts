import { checkValue } from '../../core/config/validation';
import { exitStatus, k3sVmError } from '../../core/errors';
import type { Cli } from '../context';
import { stop } from './stop';

interface Options {
  readonly whenIdle?: string;
  readonly json?: boolean;
}

export async function run(cli: Cli, { whenIdle, ...options }: Options): Promise<number> {
  if (whenIdle !== undefined) {
    const told = await waitUntilIdle(cli, whenIdle);
    if (told !== undefined) {
      if (options.json === true) cli.json({ schemaVersion: 1, saved: false, why: told });
      else cli.print(told);
      return exitStatus.ok;
    }
  }
  return stop(cli, options, { stopMode: 'save' });
}

/** @returns why there is nothing to save; undefined when the VM is idle */
async function waitUntilIdle(cli: Cli, time: string): Promise<string | undefined> {
  const checked = checkValue('autoSuspend', time);
  if ('problem' in checked || typeof checked.value !== 'number') {
    const problem = 'problem' in checked ? checked.problem : `"${time}" is not a duration; write it as 90s or 5m`;
    throw k3sVmError('USAGE', { problem: `--when-idle: ${problem}.`, help: 'k3s-vm suspend --help' });
  }
  const cluster = await cli.cluster();
  const { name } = cluster.config;
  cli.note(`Waiting until the VM "${name}" has been without traffic for ${time} ...`);
  const outcome = await cluster.waitUntilIdle(checked.value, { signal: cli.signal });
  if (outcome === 'watched') return `Another process waits for the VM "${name}" to be idle already.`;
  return outcome === 'not-running' ? `The VM "${name}" does not run.` : undefined;
}
