import { nearest } from '../../core/config/nearest';
import { exitStatus, k3sVmError } from '../../core/errors';
import { completionScript, shells } from '../completion';
import type { Cli } from '../context';

export function run(cli: Cli, _options: object, [name = '']: readonly string[]): Promise<number> {
  const shell = shells.find((known) => known === name);
  if (shell === undefined) {
    const meant = nearest(name, shells);
    const help = meant === undefined ? `There are: ${shells.join(', ')}.` : `Did you mean "${meant}"?`;
    throw k3sVmError('USAGE', {
      problem: `There is no completion for "${name}". ${help}`,
      help: 'k3s-vm completion --help',
    });
  }
  cli.print(completionScript(shell));
  return Promise.resolve(exitStatus.ok);
}
