import { k3sVmError } from '../../core/errors';
import { strings } from '../strings';

/** `kubectl` and `k9s` are run by bin/k3s-vm without node. Only what it does not understand comes here. */
export function run(): Promise<number> {
  throw k3sVmError('USAGE', {
    problem: strings.init.wrongOptions,
    help: 'k3s-vm help kubectl',
  });
}
