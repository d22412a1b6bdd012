/**
 * `setup --install-deps`: installs what is missing with the distribution's package command, after showing it.
 */
import { k3sVmError } from '../core/errors';
import { distribution } from '../core/host/distribution';
import { remedy } from '../core/host/remedies';
import { findProgram, qemuNames } from '../core/host/find-program';
import { packageCommands, type Packaged } from '../core/host/packages';
import { run } from '../core/process';
import { confirm, declined } from './confirm';
import type { Cli } from './context';
import { renderHints } from './render/error';
import { printable } from './render/text';
import { strings } from './strings';

/** Programs whose absence says that a package is missing. k9s is left out: nothing needs it. */
const signs: readonly (readonly [Packaged, readonly string[]])[] = [
  ['libvirt', ['virsh']],
  ['qemu', qemuNames(process.arch === 'arm64' ? 'aarch64' : 'x86_64')],
  ['ssh', ['ssh']],
  ['flock', ['flock']],
  ['kubectl', ['kubectl']],
];

/** What is not installed on this host. */
export async function missingPackages(env: Readonly<Record<string, string | undefined>>): Promise<Packaged[]> {
  const missing: Packaged[] = [];
  for (const [what, programs] of signs) if ((await findProgram(programs, env.PATH)) === undefined) missing.push(what);
  return missing;
}

/**
 * Installs what is missing.
 *
 * @returns whether to continue: false when the user said no
 * @throws USAGE where packages are not installed by commands (NixOS), with what to do instead
 */
export async function installDependencies(cli: Cli, yes: boolean): Promise<boolean> {
  const missing = await missingPackages(cli.io.env);
  if (missing.length === 0) {
    cli.note(strings.installDeps.nothingMissing);
    return true;
  }
  const on = distribution();
  const commands = packageCommands(missing, on, { yes: true });
  if (commands.length === 0) {
    const hints = missing.flatMap((what) => remedy(what, on));
    cli.io.stderr.write(`${renderHints(hints, cli.errorStyle)}\n\n`);
    throw k3sVmError('USAGE', {
      problem: strings.installDeps.cannot(on.name, missing),
      help: 'k3s-vm doctor',
    });
  }
  const shown = commands.map((command) => `  ${cli.errorStyle.cyan(command.join(' '))}`).join('\n');
  cli.io.stderr.write(`${strings.installDeps.missing(missing, commands.length)}\n${shown}\n`);
  if (!yes && !(await confirm(cli, strings.installDeps.question(commands.length), 'k3s-vm setup --install-deps'))) {
    declined(cli);
    return false;
  }
  for (const [file = '', ...args] of commands) {
    cli.note(strings.installDeps.installing);
    // sudo asks for a password on the terminal itself, whatever its input is
    const options = { timeoutMs: 0, signal: cli.signal, terminal: true };
    const { exitCode, stdout, stderr } = await run(file, args, options);
    if (exitCode === 0) continue;
    const command = [file, ...args].join(' ');
    cli.io.stderr.write(`${printable(`${stdout}\n${stderr}`.trim())}\n\n`);
    throw k3sVmError('USAGE', { problem: strings.installDeps.failed(command, exitCode), help: 'k3s-vm doctor' });
  }
  return true;
}
