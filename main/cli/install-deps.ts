/**
 * The part of `setup` that comes first on a machine without libvirt: shows what would be run, asks once, installs, and
 * sees to it that this same run may use what it installed.
 */
import type { Config } from '../core/config/schema';
import { exitStatus } from '../core/errors';
import { listOfPackaged } from '../core/errors/host';
import {
  accessOf,
  canInstall,
  install,
  missingPackages,
  notInstalled,
  planInstallation,
  stopsSetup,
  type InstallPlan,
} from '../core/host/installer';
import type { Machine } from '../core/host/machine';
import { systemUri } from '../core/libvirt/uri';
import { sh } from '../core/shell-quote';
import { confirm, declined } from './confirm';
import type { Cli } from './context';
import { printable } from './render/text';
import { strings } from './strings';

interface Options {
  /** `--install-deps`: also what setup could do without. */
  readonly wanted: boolean;
  readonly yes: boolean;
  /** Somebody is there to be asked. */
  readonly mayAsk: boolean;
}

/**
 * Installs what is missing, where the user says yes to it.
 *
 * @returns the exit status with which the command ends here: declined, or done by a process with the new group; undefined
 *   to continue
 * @throws NOT_INSTALLED where nobody can be asked, or nothing here installs it; INSTALLATION_FAILED
 */
export async function installDependencies(
  cli: Cli,
  { connection }: Pick<Config, 'connection'>,
  { wanted, yes, mayAsk }: Options,
): Promise<number | undefined> {
  const machine = await cli.io.machine();
  const missing = await missingPackages(machine);
  if (missing.length === 0 && wanted) cli.note(strings.installDeps.nothingMissing);
  if (missing.length === 0 || !(wanted || stopsSetup(missing, connection))) return undefined;
  const plan = await planInstallation(machine, missing, connection);
  const confirmed = wanted && yes;
  if (!canInstall(plan, machine) || !(confirmed || mayAsk)) throw notInstalled(missing, machine);
  show(cli, plan);
  if (
    !confirmed &&
    !(await confirm(cli, strings.installDeps.question(plan.steps.length), sh`k3s-vm setup --install-deps`, 'yes'))
  ) {
    return declined(cli);
  }
  const { errorStyle: style } = cli;
  await install(plan, machine, {
    signal: cli.signal,
    onStep: (command) => cli.note(style.bold(`$ ${printable(command)}`)),
    onLine: (line) => cli.note(style.dim(`  ${printable(line)}`)),
    onFailed: (command) => cli.warn(strings.installDeps.continued(command)),
  });
  return plan.group !== undefined && ['auto', systemUri].includes(connection)
    ? enterGroup(cli, machine, plan.group)
    : undefined;
}

function show(cli: Cli, { missing, steps, group }: InstallPlan): void {
  const text = strings.installDeps;
  const commands = steps.map(({ argv }) => `  ${cli.errorStyle.cyan(printable(sh`${argv}`))}`);
  const lines = [text.missing(listOfPackaged(missing), steps.length), '', ...commands, ''];
  if (group !== undefined)
    lines.push(...text.group(group, cli.command('k3s-vm setup --connection qemu:///session')), '');
  cli.io.stderr.write(`${lines.join('\n')}\n`);
}

/** A login keeps the groups that it began with, so the same command is started again with the new one, where that works. */
async function enterGroup(cli: Cli, machine: Machine, group: string): Promise<number | undefined> {
  const access = await accessOf(machine, group, cli.signal);
  if (access === 'now') return undefined;
  if (access === 'next login') {
    cli.warn(strings.installDeps.nextLogin(group));
    return undefined;
  }
  cli.note(strings.installDeps.newGroup(group));
  // From here on Ctrl-C is for the process that does the work
  cli.interrupt.childHasTerminal = true;
  try {
    const { exitCode } = await machine.runOnTerminal([...access, sh`exec ${cli.io.self}`], cli.io.env);
    return exitCode ?? exitStatus.cancelled;
  } finally {
    cli.interrupt.childHasTerminal = false;
  }
}
