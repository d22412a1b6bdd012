/**
 * Installs what this machine lacks, with its own package manager: a plan, which a front end shows and has confirmed, and
 * what carries it out. Nothing else in k3s-vm installs anything.
 */
import { k3sVmError, withHints, type K3sVmError } from '../errors';
import { isRemote, isSession, systemUri } from '../libvirt/uri';
import { classifyFault } from '../libvirt/faults';
import { operand, sh } from '../shell-quote';
import { firstAnswer } from './daemon-answer';
import { startDaemon } from './daemon-units';
import { qemuNames, systemProgram } from './find-program';
import type { Machine } from './machine';
import { membership } from './membership';
import { packageCommands, packageLists, type Packaged, type RootCommand } from './packages';
import { howToInstall, libvirtGroup } from './remedies';

/** Programs whose absence says that a package is missing: one of each line has to be there. k9s is optional. */
const signs = (arch: Machine['arch']): readonly (readonly [Packaged, readonly (readonly string[])[]])[] => [
  ['libvirt', [['virsh'], [...systemProgram('libvirtd'), ...systemProgram('virtqemud')]]],
  ['qemu', [qemuNames(arch)]],
  ['ssh', [['ssh'], ['ssh-keygen']]],
  ['flock', [['flock']]],
  ['kubectl', [['kubectl']]],
];

/** What is not installed on this machine. */
export async function missingPackages({ arch, find }: Pick<Machine, 'arch' | 'find'>): Promise<readonly Packaged[]> {
  const missing: Packaged[] = [];
  for (const [what, programs] of signs(arch)) {
    const found = await Promise.all(programs.map((names) => find(names)));
    if (found.includes(undefined)) missing.push(what);
  }
  return missing;
}

/** Whether setup stops for want of any of these. bin/kubectl alone needs kubectl, and libvirt may run elsewhere. */
export const stopsSetup = (missing: readonly Packaged[], connection: string): boolean =>
  !isRemote(connection) && missing.some((what) => what !== 'kubectl');

/** What will be run, in order. */
export interface InstallPlan {
  readonly missing: readonly Packaged[];
  /** As they are shown and run, with sudo or doas. [] where no command of this distribution installs anything. */
  readonly steps: readonly RootCommand[];
  /** The group that this user joins. */
  readonly group?: string;
}

/**
 * Plans to install packages, to start the daemon where the distribution does not, and to join libvirt's group.
 *
 * @param missing see missingPackages
 * @param connection the one that is configured: a session of the user's own needs neither daemon nor group
 */
export async function planInstallation(
  machine: Machine,
  missing: readonly Packaged[],
  connection: string,
): Promise<InstallPlan> {
  const { on, facts } = machine;
  const lists = await packageLists(machine);
  const packages = packageCommands(missing, on, { yes: true, lists, host: facts });
  if (packages.length === 0) return { missing, steps: [] };
  const system = missing.includes('libvirt') && !isSession(connection);
  // Debian's packages start and enable what they install, where there is a systemd to do it
  const starts = system && !(on.id === 'debian' && facts.systemd);
  const joins = system && !facts.root && ['no', 'no group'].includes(await membership(machine));
  const group = libvirtGroup(on);
  const commands: RootCommand[] = [
    ...packages,
    // Whether it answers is seen later: one that runs already refuses to be started again
    ...(starts ? startDaemon(on, facts).map((argv) => ({ argv, optional: true as const })) : []),
    ...(joins ? [{ argv: ['usermod', '-aG', group, ...operand(facts.user)] }] : []),
  ];
  const by = facts.root ? [] : [facts.privilege];
  return {
    missing,
    steps: commands.map(({ argv, ...how }) => ({ ...how, argv: [...by, ...argv] })),
    ...(joins ? { group } : {}),
  };
}

/** Whether the plan's commands can be run from here: su would ask for root's password once a command. */
export const canInstall = ({ steps }: InstallPlan, { facts }: Pick<Machine, 'facts'>): boolean =>
  steps.length > 0 && (facts.root || facts.privilege !== 'su');

/** The error of a machine on which something is missing, with what to do about it there. */
export const notInstalled = (what: readonly Packaged[], { on, facts }: Pick<Machine, 'on' | 'facts'>): K3sVmError =>
  withHints(k3sVmError('NOT_INSTALLED', { what }), howToInstall(what, on, facts));

/** How many of a package manager's last lines an error shows. */
const shownLines = 12;

export interface Installing {
  readonly signal: AbortSignal;
  /** Called before each command. */
  readonly onStep: (command: string) => void;
  /** Called with each line of its output. */
  readonly onLine: (line: string) => void;
  /** Called when a command failed that the others can do without. */
  readonly onFailed: (command: string) => void;
}

/**
 * Carries a plan out that the user said yes to. A package manager is never killed half-way: Ctrl-C reaches it through the
 * terminal, and it is waited for.
 *
 * @throws INSTALLATION_FAILED; the signal's reason when aborted
 */
export async function install(
  { steps }: InstallPlan,
  machine: Machine,
  { signal, onStep, onLine, onFailed }: Installing,
): Promise<void> {
  for (const { argv, optional } of steps) {
    const command = sh`${argv}`;
    onStep(command);
    const lines: string[] = [];
    const heard = (line: string): void => {
      onLine(line);
      if (line.trim() !== '') lines.push(line);
    };
    const { exitCode, stderr } = await machine.run(argv, undefined, { timeoutMs: 0, onLine: heard });
    signal.throwIfAborted();
    if (exitCode === 0) continue;
    if (optional === true) {
      onFailed(command);
      continue;
    }
    const said = (lines.length === 0 ? [stderr] : lines).slice(-shownLines).join('\n');
    throw k3sVmError('INSTALLATION_FAILED', { command, output: said }, said);
  }
}

/** Whether qemu:///system answers a new process that begins with `before`. */
async function answers(machine: Machine, before: readonly string[], signal: AbortSignal): Promise<boolean> {
  const argv = [...before, sh`virsh -c ${systemUri} uri`];
  // Without a terminal, on which sg would ask for the group's password
  const how = { timeoutMs: 20_000, terminal: false };
  const fault = await firstAnswer(async () => {
    const { exitCode, stderr } = await machine.run(argv, signal, how);
    return exitCode === 0 ? undefined : classifyFault(stderr);
  }, signal);
  return fault === undefined;
}

/**
 * How this run may use qemu:///system after its user joined libvirt's group.
 *
 * @returns `now`: polkit looks groups up itself; an argv to which a command line is added, where only a new process has
 *   the group; `next login`: neither
 */
export async function accessOf(
  machine: Machine,
  group: string,
  signal: AbortSignal,
): Promise<'now' | 'next login' | readonly string[]> {
  if ((await machine.asksForPassword(signal)) === 'asks') return 'next login';
  if (await answers(machine, ['sh', '-c'], signal)) return 'now';
  const sg = await machine.find(['sg']);
  if (sg === undefined) return 'next login';
  const withGroup = [sg, group, '-c'];
  return (await answers(machine, withGroup, signal)) ? withGroup : 'next login';
}
