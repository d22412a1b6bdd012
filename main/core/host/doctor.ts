/**
 * The doctor: everything about this machine that a cluster needs, one line each.
 */
import type { Config } from '../config/schema';
import { automatic, isHostFix, type HostFixId } from '../errors';
import { resolveConnection, type ConnectionChoice } from '../libvirt/connection';
import { isRemote, isSession } from '../libvirt/uri';
import { parseDomain } from '../libvirt/domain-xml';
import { networkNameOf } from '../libvirt/own-network';
import type { Virsh } from '../libvirt/virsh';
import type { AccelerationProbe } from './acceleration';
import { runCheck, type Check, type CheckEnvironment, type DoctorCheck } from './check';
import { connectionCheck, permissionCheck, virshCheck } from './checks/libvirt';
import { firewallCheck } from './checks/firewall';
import { foldersCheck } from './checks/folders';
import { networkCheck } from './checks/network';
import { flockCheck, k9sCheck, kubectlCheck, sshCheck } from './checks/programs';
import { accelerationCheck, qemuCheck } from './checks/qemu';
import { cpuCheck, memoryCheck } from './checks/resources';
import { poolCheck } from './checks/storage';
import { hostFixes } from './fixes';
import { thisMachine, type Machine } from './machine';

export type { DoctorCheck } from './check';

export interface DoctorContext {
  readonly config: Config;
  /** The connection, where it is resolved already; else it follows from the configuration. */
  readonly uri?: string;
  readonly virshFor: (uri: string) => Virsh;
  readonly signal: AbortSignal;
  /** See CheckEnvironment. Left out where fixes are not applied, or the caller has seen to it. */
  readonly exclusively?: <T>(uri: string, work: () => Promise<T>) => Promise<T>;
  /** Another machine, for tests. */
  readonly machine?: Machine;
}

type OnCheck = (check: DoctorCheck) => void;

async function chooseConnection(context: DoctorContext): Promise<ConnectionChoice> {
  const { config, uri, virshFor, signal } = context;
  if (uri !== undefined) return { uri, why: config.connection === 'auto' ? 'chosen automatically' : 'as configured' };
  return resolveConnection(config.connection, { name: config.name, virshFor, signal });
}

const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
};

function environment(context: DoctorContext, uri: string): CheckEnvironment {
  const { config, virshFor, signal, machine = thisMachine(), exclusively } = context;
  const virsh = virshFor(uri);
  const session = isSession(uri);
  const remote = isRemote(uri);
  return {
    config,
    machine,
    uri,
    virsh,
    virshFor,
    session,
    remote,
    probe: once((): Promise<AccelerationProbe> => machine.probe({ system: !session, signal })),
    vm: once(async () => {
      const { fault, stdout } = await virsh.attempt(['domstate', config.name], { signal, timeoutMs: 20_000 });
      if (fault !== undefined) return 'absent';
      return /^(shut off|crashed)/.test(stdout.trim()) ? 'off' : 'running';
    }),
    network: once(async () => {
      const { stdout } = await virsh.attempt(['dumpxml', config.name], { signal, timeoutMs: 20_000 });
      const existing = stdout.trim() === '' ? undefined : parseDomain(stdout).metadata;
      return existing?.network ?? networkNameOf(config.network);
    }),
    exclusively: (work) => (exclusively === undefined ? work() : exclusively(uri, work)),
  };
}

/** The checks for a connection, in the order they are shown. Another machine's insides are not ours to look at. */
function checksFor(env: CheckEnvironment, choice: ConnectionChoice, context: DoctorContext) {
  const { session, remote } = env;
  const permission = remote ? [] : [permissionCheck(context.config.connection)];
  const host = remote ? [] : [memoryCheck, cpuCheck];
  return {
    /** Only checked if the check before it passed. */
    connection: [connectionCheck(choice)],
    overLibvirt: {
      first: [...permission, qemuCheck],
      then: [...(session ? [] : [networkCheck]), ...(session || remote ? [] : [firewallCheck]), poolCheck],
    },
    acceleration: accelerationCheck,
    host,
    folders: [foldersCheck],
    programs: [sshCheck, flockCheck, kubectlCheck, k9sCheck],
  };
}

/**
 * Examines this machine. Independent checks run at the same time. What cannot be looked at because something before it
 * is missing (the network without a daemon) is left out.
 *
 * @param onCheck called with each line as soon as those before it are known
 * @param wanted ids of the checks to make; all by default
 * @returns the lines, always in the same order
 * @throws the signal's reason when aborted
 */
export async function runDoctor(
  context: DoctorContext,
  onCheck: OnCheck = () => undefined,
  wanted: (id: string) => boolean = () => true,
): Promise<readonly DoctorCheck[]> {
  const { signal } = context;
  // virsh first: without it there is no connection to resolve.
  const local = environment(context, context.uri ?? 'qemu:///system');
  const virsh = await runCheck(virshCheck, local, signal);
  const hasVirsh = virsh.state !== 'failed';
  let choice: ConnectionChoice = { uri: local.uri, why: '' };
  let unresolved: DoctorCheck | undefined;
  try {
    if (hasVirsh) choice = await chooseConnection(context);
  } catch (error) {
    signal.throwIfAborted();
    // A daemon that hangs: the check makes a line of it.
    unresolved = await runCheck(
      { ...connectionCheck(choice), run: () => Promise.reject(error as Error) },
      local,
      signal,
    );
  }
  const env = choice.uri === local.uri ? local : environment(context, choice.uri);
  const checks = checksFor(env, choice, context);

  const start = (list: readonly Check[], after?: Promise<boolean>): Promise<DoctorCheck | undefined>[] =>
    list
      .filter(({ id }) => wanted(id))
      .map(async (check) => ((await after) === false ? undefined : runCheck(check, env, signal)));
  const connection =
    unresolved === undefined
      ? start(hasVirsh ? checks.connection : [])
      : [Promise.resolve<DoctorCheck | undefined>(unresolved)];
  const connected = Promise.all(connection).then(
    (lines) => hasVirsh && lines.every((line) => line?.state !== 'failed'),
  );
  const lines = [
    Promise.resolve(virsh),
    ...connection,
    ...start(checks.overLibvirt.first, connected),
    ...start([checks.acceleration], env.remote ? connected : undefined),
    ...start(checks.overLibvirt.then, connected),
    ...start(checks.host),
    ...start(checks.folders),
    ...start(checks.programs),
  ];
  // All of them are awaited below, but one that is rejected before its turn must not count as unhandled.
  for (const line of [connected, ...lines]) line.catch(() => undefined);

  const found: DoctorCheck[] = [];
  for (const line of lines) {
    const check = await line;
    if (check === undefined) continue;
    found.push(check);
    onCheck(check);
  }
  return found;
}

/**
 * Applies one fix.
 *
 * @throws what it fails with; the signal's reason when aborted
 */
export async function fixHost(context: DoctorContext, id: HostFixId): Promise<void> {
  const { uri } = await chooseConnection(context);
  await hostFixes[id].run(environment(context, uri), context.signal);
}

/** What setup can do without: it decides on acceleration itself, and calls neither kubectl nor k9s. */
const notForSetup = new Set(['acceleration', 'kubectl', 'k9s']);

/**
 * The doctor's part of setup: problems that would stop it are fixed where that is safe.
 *
 * @returns the warnings, and what was done, for people
 * @throws the error of the first check that failed, or of a fix; the signal's reason when aborted
 */
export async function preflight(
  context: DoctorContext,
): Promise<{ readonly warnings: readonly DoctorCheck[]; readonly done: readonly string[] }> {
  let checks = await runDoctor(context, undefined, (id) => !notForSetup.has(id));
  const done: string[] = [];
  const fixed = new Set<string>();
  for (const { id, state, hints } of checks) {
    const fixId = state === 'failed' ? automatic(hints)?.fixId : undefined;
    if (fixId === undefined || !isHostFix(fixId)) continue;
    const { run, bySetup } = hostFixes[fixId];
    if (bySetup === undefined) continue;
    const env = environment(context, (await chooseConnection(context)).uri);
    await run(env, context.signal);
    done.push(await bySetup(env));
    fixed.add(id);
  }
  if (fixed.size > 0) {
    const again = await runDoctor(context, undefined, (id) => fixed.has(id));
    checks = checks.map((check) => (fixed.has(check.id) && again.find(({ id }) => id === check.id)) || check);
  }
  const error = checks.find((check) => check.state === 'failed')?.error;
  if (error !== undefined) throw error;
  return { warnings: checks.filter((check) => check.state === 'warning'), done };
}
