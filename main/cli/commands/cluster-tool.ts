import { k3sVmError } from '../../core/errors';

/** `kubectl` and `k9s` are run by bin/k3s-vm without node. Only what it does not understand comes here. */
export function run(): Promise<number> {
  throw k3sVmError('USAGE', {
    problem:
      'kubectl and k9s are started by bin/k3s-vm. Of the options, only --project, -q and -v may come before them.',
    help: 'k3s-vm help kubectl',
  });
}
