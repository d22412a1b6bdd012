/**
 * The command line from arguments to exit status.
 */
import { CommanderError } from 'commander';
import { complete } from '../core/caller';
import { asK3sVmError, exitStatus, isK3sVmError, k3sVmError, type K3sVmError } from '../core/errors';
import { callerOf, createCli, type GlobalOptions } from './context';
import type { Interrupt } from './interrupt';
import type { Io } from './io';
import { createProgram, type Call } from './program';
import { createStyle, wantsColor } from './render/color';
import { renderError, renderErrorJson } from './render/error';
import { isHelp, usageError } from './usage';
import { strings } from './strings';

/** These clean up after themselves when they are cancelled, and are waited for. */
const operations = ['setup', 'start', 'resume', 'stop', 'suspend', 'restart', 'reset'];

/** These run until Ctrl-C ends them, which is then no news. */
const isEndless = ({ name, options }: Call): boolean =>
  (name === 'logs' && options.follow === true) || (name === 'status' && options.watch === true);

/**
 * Runs the command line.
 *
 * @param args without node and the script
 * @returns the exit status
 */
export async function runCli(args: readonly string[], io: Io, interrupt: Interrupt): Promise<number> {
  let status: number = exitStatus.ok;
  let called: Call | undefined;
  const execute = async (call: Call): Promise<void> => {
    called = call;
    status = await runCall(call, io, interrupt);
  };
  const help: string[] = [];
  try {
    const program = createProgram({
      execute,
      write: (text) => help.push(text),
      columns: io.stdout.columns,
      color: wantsColor(io.stdout, io.env),
    });
    // "--version" is the command "version", but as an option commander wants it before everything else
    if (args.length === 1 && (args[0] === '-V' || args[0] === '--version')) {
      await program.parseAsync(['version'], { from: 'user' });
    } else await program.parseAsync([...args], { from: 'user' });
    return status;
  } catch (thrown) {
    if (thrown instanceof CommanderError && isHelp(thrown)) {
      const asked = thrown.exitCode === 0;
      (asked ? io.stdout : io.stderr).write(help.join(''));
      return asked ? exitStatus.ok : exitStatus.usage;
    }
    const error = thrown instanceof CommanderError ? usageError(thrown, args) : asK3sVmError(thrown);
    return report(
      error,
      io,
      called?.globals ?? globalsIn(args),
      called?.options.json === true || args.includes('--json'),
    );
  }
}

async function runCall(call: Call, io: Io, interrupt: Interrupt): Promise<number> {
  const json = call.options.json === true;
  checkGlobals(call.globals);
  const cli = createCli(io, call, interrupt);
  interrupt.operation = call.name;
  interrupt.onFirst = () => {
    if (operations.includes(call.name)) cli.note(strings.interrupt.stopping);
  };
  interrupt.onSecond = () => {
    cli.progress.end();
  };
  try {
    const { run } = await call.load();
    const work = run(cli, call.options as never, call.args);
    return await (operations.includes(call.name) ? work : unlessAborted(work, interrupt.signal));
  } catch (thrown) {
    // What fails while it is cancelled fails because of that
    const error = asK3sVmError(interrupt.signal.aborted ? interrupt.signal.reason : thrown);
    cli.progress.end();
    if (isK3sVmError(error, 'CANCELLED') && !operations.includes(call.name)) {
      // The shell's prompt belongs on a line of its own, after the terminal's "^C"
      if (!isEndless(call)) cli.note(strings.interrupt.cancelled);
      else if (io.stdout.isTTY === true) io.stderr.write('\n');
      return exitStatus.cancelled;
    }
    return report(error, io, call.globals, json);
  } finally {
    cli.progress.end();
  }
}

function checkGlobals({ progress }: GlobalOptions): void {
  const kinds: readonly string[] = ['auto', 'plain', 'json', 'none'];
  if (progress === undefined || kinds.includes(progress)) return;
  throw k3sVmError('USAGE', { problem: strings.usage.progress(progress, kinds) });
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    work.then(resolve, reject);
  });
}

/** The options that matter to how an error is shown, where the parser did not get to tell. */
const globalsIn = (args: readonly string[]): GlobalOptions => ({
  ...(args.includes('--verbose') || args.includes('-v') ? { verbose: true } : {}),
  ...(args.join(' ').match(/--progress[= ]json/) ? { progress: 'json' as const } : {}),
});

function report(thrown: K3sVmError, io: Io, globals: GlobalOptions, json: boolean): number {
  const error = complete(thrown, callerOf(io, globals));
  const text =
    json || globals.progress === 'json'
      ? renderErrorJson(error)
      : renderError(error, createStyle(wantsColor(io.stderr, io.env)), globals.verbose === true);
  io.stderr.write(text);
  return error.exitStatus;
}
