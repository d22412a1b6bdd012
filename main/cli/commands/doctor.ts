import type { Config } from '../../core/config/schema';
import { asK3sVmError, automatic, errorData, exitStatus, titleOf, type FixId, type Remedy } from '../../core/errors';
import type { DoctorCheck } from '../../core/host/doctor';
import { applyFix, createCluster, examineHost } from '../../core/index';
import type { Cli } from '../context';
import { renderCheck, renderSummary } from '../render/doctor';
import { printable } from '../render/text';
import { strings } from '../strings';

interface Options {
  readonly fix?: boolean;
  readonly json?: boolean;
}

export async function run(cli: Cli, options: Options): Promise<number> {
  const { config } = await cli.config();
  const json = options.json === true;
  const check = (): Promise<readonly DoctorCheck[]> =>
    examineHost(config, { trace: cli.trace, signal: cli.signal }, (found) => {
      if (!json) cli.print(renderCheck(cli.complete(found), { style: cli.style, width: cli.io.stdout.columns }));
    });

  let checks = await check();
  const fixed: string[] = [];
  if (options.fix === true) {
    const tried = new Set<FixId>();
    // What was hidden behind one fault may have a fix of its own: the network is seen once the daemon runs
    for (let due = fixesOf(checks, tried); due.length > 0; due = fixesOf(checks, tried)) {
      for (const remedy of due) {
        tried.add(remedy.fixId);
        if (await apply(cli, remedy, config)) fixed.push(titleOf(remedy));
      }
      if (!json) cli.print('');
      checks = await check();
    }
  }
  if (json) cli.json({ schemaVersion: 1, fixed, checks: cli.complete(checks).map(toJson) });
  else cli.print(`\n${renderSummary(checks, options.fix === true, cli.style, cli.command('k3s-vm doctor --fix'))}`);
  return checks.some(({ state }) => state === 'failed') ? exitStatus.host : exitStatus.ok;
}

type Fixable = Remedy & { readonly fixId: FixId };

const fixesOf = (checks: readonly DoctorCheck[], tried: ReadonlySet<FixId>): Fixable[] =>
  checks.flatMap(({ hints }) => automatic(hints) ?? []).filter(({ fixId }) => !tried.has(fixId));

/** One fix. When it fails, that is reported and the others are still tried. */
async function apply(cli: Cli, remedy: Fixable, config: Config): Promise<boolean> {
  const { errorStyle, signal, trace } = cli;
  const title = printable(titleOf(remedy));
  try {
    await applyFix(remedy.fixId, createCluster(config), { signal, trace });
    cli.note(`${errorStyle.green('✓')} ${title}`);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    cli.note(`${errorStyle.red('✗')} ${strings.doctor.fixFailed(title, printable(asK3sVmError(error).message))}`);
    return false;
  }
}

/** `fix`: what `--fix` would do about the line. */
function toJson({ error, ...check }: DoctorCheck): object {
  const fix = automatic(check.hints);
  return {
    ...check,
    ...(error === undefined ? {} : { error: errorData(error) }),
    ...(fix === undefined ? {} : { fix: titleOf(fix) }),
  };
}
