import { asK3sVmError, errorData, exitStatus } from '../../core/errors';
import type { DoctorCheck, Fix } from '../../core/host/doctor';
import { examineHost } from '../../core/index';
import type { Cli } from '../context';
import { renderCheck, renderSummary } from '../render/doctor';
import { printable } from '../render/text';

interface Options {
  readonly fix?: boolean;
  readonly json?: boolean;
}

export async function run(cli: Cli, options: Options): Promise<number> {
  const { config } = await cli.config();
  const json = options.json === true;
  const look = (): Promise<readonly DoctorCheck[]> =>
    examineHost(config, { trace: cli.trace, signal: cli.signal }, (check) => {
      if (!json)
        cli.print(renderCheck(check, { style: cli.style, invocation: cli.invocation, width: cli.io.stdout.columns }));
    });

  let checks = await look();
  const fixed: string[] = [];
  if (options.fix === true) {
    const tried = new Set<string>();
    // What was hidden behind one fault may have a fix of its own: the network is seen once the daemon runs
    for (let due = fixesOf(checks, tried); due.length > 0; due = fixesOf(checks, tried)) {
      for (const fix of due) {
        tried.add(fix.title);
        if (await apply(cli, fix)) fixed.push(fix.title);
      }
      if (!json) cli.print('');
      checks = await look();
    }
  }
  if (json) cli.json({ schemaVersion: 1, fixed, checks: checks.map(toJson) });
  else cli.print(`\n${renderSummary(checks, options.fix === true, cli.style, cli.invocation)}`);
  return checks.some(({ state }) => state === 'failed') ? exitStatus.host : exitStatus.ok;
}

const fixesOf = (checks: readonly DoctorCheck[], tried: ReadonlySet<string>): Fix[] =>
  checks.flatMap(({ fix }) => (fix === undefined || tried.has(fix.title) ? [] : [fix]));

/** One fix; that it fails is told, and the others are tried all the same. */
async function apply(cli: Cli, fix: Fix): Promise<boolean> {
  const { errorStyle } = cli;
  try {
    await fix.run(cli.signal);
    cli.note(`${errorStyle.green('✓')} ${printable(fix.title)}`);
    return true;
  } catch (error) {
    cli.signal.throwIfAborted();
    cli.note(`${errorStyle.red('✗')} ${printable(fix.title)}: ${printable(asK3sVmError(error).message)}`);
    return false;
  }
}

const toJson = ({ error, fix, ...check }: DoctorCheck): object => ({
  ...check,
  ...(error === undefined ? {} : { error: errorData(error) }),
  ...(fix === undefined ? {} : { fix: fix.title }),
});
