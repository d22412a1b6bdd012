import { actionsOf } from '../../core/actions';
import { k3sVmError } from '../../core/errors';
import { cliError } from '../errors';
import type { Cli } from '../context';
import { run as start } from './start';

export async function run(cli: Cli, options: { readonly json?: boolean }): Promise<number> {
  const cluster = await cli.cluster();
  const vm = await cluster.observe({ signal: cli.signal });
  const { state, name } = vm;
  if (state === 'absent') throw k3sVmError('VM_ABSENT', { name });
  if (actionsOf({ vm }).start === 'boot') throw cliError('NOT_SAVED', { name, state });
  return start(cli, options);
}
