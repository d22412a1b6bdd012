import { nearest } from '../../core/config/nearest';
import { exitStatus, k3sVmError } from '../../core/errors';
import { completionScript, shells } from '../completion';
import type { Cli } from '../context';
import { strings } from '../strings';

export function run(cli: Cli, _options: object, [name = '']: readonly string[]): Promise<number> {
  const shell = shells.find((known) => known === name);
  if (shell === undefined) {
    throw k3sVmError('USAGE', {
      problem: strings.usage.noCompletion(name, nearest(name, shells), shells),
      help: 'k3s-vm completion --help',
    });
  }
  cli.print(completionScript(shell));
  return Promise.resolve(exitStatus.ok);
}
