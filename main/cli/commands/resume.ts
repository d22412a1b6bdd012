import { k3sVmError } from '../../core/errors';
import { cliError } from '../errors';
import type { Cli } from '../context';
import { waitFlags, type WaitOptions } from '../operation';
import { run as start } from './start';

export async function run(cli: Cli, options: WaitOptions & { readonly json?: boolean }): Promise<number> {
  const cluster = await cli.cluster(waitFlags(options));
  const { state, name } = await cluster.observe({ signal: cli.signal });
  if (state === 'absent') throw k3sVmError('VM_ABSENT', { name });
  if (state === 'stopped' || state === 'crashed') throw cliError('NOT_SAVED', { name, state });
  return start(cli, options);
}
