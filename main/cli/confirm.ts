import { createInterface } from 'node:readline';
import { exitStatus } from '../core/errors';
import { cliError } from './errors';
import type { Cli } from './context';
import { strings } from './strings';

/** Whether there is a terminal to ask on. */
export const hasTerminal = ({ io }: Cli): boolean => io.stdin.isTTY === true && io.stderr.isTTY === true;

/**
 * Asks on the terminal. Only `y` and `yes` are a yes, unless Enter is one too; Ctrl-C is a no.
 *
 * @param command for the error's text where there is no terminal
 * @param enter what Enter alone means; a no where something cannot be undone
 * @throws NEEDS_CONFIRMATION without a terminal
 */
export async function confirm(
  cli: Cli,
  question: string,
  command: string,
  enter: 'yes' | 'no' = 'no',
): Promise<boolean> {
  const { stdin, stderr } = cli.io;
  if (!hasTerminal(cli)) throw cliError('NEEDS_CONFIRMATION', { command });
  stderr.write(`${question} ${cli.errorStyle.bold(strings.confirm.answers[enter])} `);
  // There is nothing to stop yet, so nothing to say about it
  const { onFirst } = cli.interrupt;
  cli.interrupt.onFirst = () => undefined;
  // Not a readline terminal: that one would take Ctrl-C for itself
  const lines = createInterface({ input: stdin, terminal: false });
  try {
    const answer = await new Promise<string | undefined>((resolve) => {
      const no = (): void => resolve(undefined);
      lines.once('line', resolve);
      lines.once('close', no);
      // What has ended before says nothing more, not even that it ends
      if (cli.signal.aborted || stdin.readableEnded === true) no();
      cli.signal.addEventListener('abort', no, { once: true });
    });
    if (answer === undefined) stderr.write('\n');
    if (answer?.trim() === '') return enter === 'yes';
    return /^y(es)?$/i.test(answer?.trim() ?? '');
  } finally {
    cli.interrupt.onFirst = onFirst;
    lines.close();
  }
}

/** What a command returns when the user said no. */
export function declined(cli: Cli): number {
  cli.note(strings.confirm.declined);
  return exitStatus.cancelled;
}
