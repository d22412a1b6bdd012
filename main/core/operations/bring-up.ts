/**
 * From a defined domain to a cluster that answers: the steps that setup, start and restart share.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { HealthCheck } from '../cluster';
import type { WaitFor } from '../config/schema';
import { deadlineIn, type Deadline } from '../deadline';
import { asK3sVmError, causeText, isK3sVmError, k3sVmError, type K3sVmError } from '../errors';
import { setGuestClock } from '../guest/clock';
import { hasKeys, requireKeys } from '../guest/identity';
import { waitForSsh } from '../guest/ssh';
import { consoleTail, makeLogDir, readConsole } from '../libvirt/console';
import {
  destroyDomain,
  lookAtDomain,
  parseDomainState,
  setMetadata,
  startDomain,
  waitUntilOff,
  type DomainRef,
  type DomainView,
} from '../libvirt/domains';
import type { Report, WorkContext } from '../progress';
import { dropSaved } from '../libvirt/managed-save';
import type { VmMetadata } from '../libvirt/metadata';
import { guestCredentials, serverUrl, type ApiAccess } from '../k3s/kubeconfig';
import { keptKubeconfig, writeKubeconfig } from '../k3s/kubeconfig-files';
import { kubeconfigFile } from '../paths';
import { formatBytes, formatDuration } from '../config/units';
import { certificatesCheck } from '../k3s/health';
import { applyConfiguration, pendingChanges } from './definition';
import { isRunning, requireVm, sshTarget, vmVolumes, type Environment, type OwnVm } from './environment';
import { prepareNetwork } from './network';
import { notReadyError, problems, waitUntilReady } from './ready';
import { refreshKubeconfig } from './refresh-kubeconfig';
import { certificateRenewals, renewalIsDue } from './renew-certificates';
import type { Step } from './steps';
import { watchGuest, type GuestWatch } from './watch-guest';
import { watchdog } from './watchdog';

/** What the steps hand on to each other. */
export interface BringUp {
  readonly domain: DomainRef;
  metadata: VmMetadata;
  /** Ends the watch and everything that waits. */
  readonly ended: AbortController;
  watch?: GuestWatch;
  /** It goes on where it was saved or paused: the guest is up already. */
  resumed?: boolean;
  /** The guest's clock is being put right from here: resolves with how far it was behind, in milliseconds. */
  clock?: Promise<number> | undefined;
  deadline?: Deadline;
  /** The guest may have got so far in its first boot that this cannot be done twice. */
  underWay?: boolean;
  /** It hung and was reset, see watchdog.ts. */
  wasReset?: boolean;
}

export const newBringUp = ({ name, uuid }: DomainRef, metadata: VmMetadata): BringUp => ({
  domain: { name, uuid },
  metadata,
  ended: new AbortController(),
});

/** How long a KVM guest may be silent before acceleration is taken for broken. Its boot loader speaks within 2 s. */
const silentKvmMs = 25_000;

/**
 * A guest that was saved puts its clock right itself (resources/guest/clock.sh): to within a second at once, exactly when
 * its hardware clock ticks next. Nobody need wait for the latter.
 */
const rightClockMs = 1000;
/** How long it may take for the former. */
const ownClockMs = 2000;
/** After which a resumed guest is asked why K3s does not answer; a stopped one is started. */
const silentK3sMs = 10_000;

const now = (): string => new Date().toISOString();

/** Starts the domain, from its saved state where there is one, and notes since when it runs. */
export async function powerOn(
  env: Environment,
  domain: DomainRef,
  { savedBytes: _, ...metadata }: VmMetadata,
  signal: AbortSignal,
): Promise<{ readonly metadata: VmMetadata; readonly restored: boolean }> {
  const { name, memoryBytes } = env.config;
  await makeLogDir(env.uri);
  await startDomain(env.virsh, domain, {
    memory: formatBytes(memoryBytes),
    volume: vmVolumes(name).system,
    pool: metadata.pool,
    signal,
  });
  const view = await lookAtDomain(env.virsh, domain.uuid, signal);
  const noted = { ...metadata, since: now(), sinceId: view?.facts.id ?? '' };
  await setMetadata(env.virsh, domain, noted, true, signal);
  return { metadata: noted, restored: view?.state.reason === 'restored' };
}

/**
 * Goes on from the saved state. One that fits the machine no more (another QEMU, a CPU that lacks a feature, a broken
 * file) is given up for a boot: the disk was synced before the save, so nothing but running programs is lost. A host that
 * lacks something now (memory, the network, a port) is told so, and the saved state kept.
 *
 * @returns whether it was restored, and what to tell
 */
async function resumeSaved(
  env: Environment,
  vm: OwnVm,
  bringUp: BringUp,
  signal: AbortSignal,
): Promise<string | undefined> {
  let why = 'libvirt found it incomplete';
  try {
    const { metadata, restored } = await powerOn(env, vm.facts, vm.metadata, signal);
    bringUp.metadata = metadata;
    if (restored) {
      bringUp.resumed = true;
      const later = pendingChanges(env, vm);
      return `from its saved state${later.length > 0 ? `; ${later.join(', ')} with the next restart` : ''}`;
    }
  } catch (error) {
    if (!isK3sVmError(error, 'LIBVIRT')) throw error;
    why = causeText(error)?.split('\n')[0] ?? error.message;
    await dropSaved(env.virsh, vm.facts, signal);
    bringUp.metadata = (await powerOn(env, vm.facts, vm.metadata, signal)).metadata;
  }
  return `booted, because its saved state is of no use any more (${why})`;
}

/** Sets the guest's clock while other things are waited for; whoever reports health waits for it. */
function startClock(env: Environment, bringUp: BringUp, signal: AbortSignal): void {
  if (bringUp.clock !== undefined) return;
  const ended = AbortSignal.any([signal, bringUp.ended.signal]);
  const target = sshTarget(env, bringUp.domain.uuid, bringUp.metadata);
  // Its sshd was up when it was saved: asking for it first would only take time
  bringUp.clock = setGuestClock(target, ended).catch(async () => {
    await waitForSsh(target, ended);
    return setGuestClock(target, ended);
  });
  bringUp.clock.catch(() => undefined);
}

/**
 * Whether a guest that was just started under KVM shows any life. There are machines whose /dev/kvm opens and whose
 * guests hang right after the BIOS; the console stays empty there.
 */
async function showsLife(env: Environment, offset: number, signal: AbortSignal): Promise<boolean> {
  const deadline = deadlineIn(silentKvmMs);
  while (!deadline.isOver()) {
    if ((await readConsole(env.virsh, env.config.name, offset, signal)).trim() !== '') return true;
    await sleep(500, undefined, { signal });
  }
  return false;
}

/**
 * The step that starts the domain.
 *
 * @param options.discardSaved boots even where there is a saved state
 * @param options.onSilentKvm redefines the domain without KVM; undefined where KVM is known to work or was demanded
 */
export function startStep(
  env: Environment,
  shared: { current: BringUp | undefined },
  options: { readonly onSilentKvm?: () => Promise<VmMetadata>; readonly discardSaved?: boolean } = {},
): Step {
  return {
    id: 'start',
    title: 'Start the VM',
    run: async (work) => {
      const { signal, report } = work;
      const bringUp = need(shared);
      await requireWayIn(env, bringUp);
      const view = await lookAtDomain(env.virsh, bringUp.domain.uuid, signal);
      bringUp.deadline = deadlineIn(env.config.timeoutMs);
      if (view?.state.state === 'paused' || view?.state.state === 'pmsuspended') {
        await env.virsh.run([view.state.state === 'paused' ? 'resume' : 'dompmwakeup', bringUp.domain.uuid], {
          signal,
        });
        bringUp.resumed = true;
        startClock(env, bringUp, signal);
        return 'resumed';
      }
      if (view !== undefined && isRunning(view) && !(await shutsDown(env, view, bringUp, report, signal))) {
        bringUp.underWay = true;
        return { skip: 'it runs' };
      }
      if (view?.hasManagedSave === true) {
        const vm = await requireVm(env, signal);
        if (!options.discardSaved) {
          const { notes } = await prepareNetwork(
            env,
            { ...bringUp, metadata: vm.metadata },
            'start',
            { resumes: true },
            work,
          );
          return told([...notes, await resumeSaved(env, vm, bringUp, signal)]);
        }
        await dropSaved(env.virsh, bringUp.domain, signal);
      }
      bringUp.resumed = false;
      bringUp.clock = undefined;
      const network = await prepareNetwork(env, bringUp, 'start', { resumes: false }, work);
      bringUp.metadata = network.metadata;
      const changes = told([...network.notes, await prepare(env, bringUp, signal)]);
      const offset = options.onSilentKvm ? (await readConsole(env.virsh, env.config.name, 0, signal)).length : 0;
      bringUp.metadata = (await powerOn(env, bringUp.domain, bringUp.metadata, signal)).metadata;
      if (options.onSilentKvm === undefined || view?.facts.acceleration !== 'kvm') return changes;
      report({ message: 'waiting for a sign of life' });
      if (await showsLife(env, offset, signal)) return changes;
      report({ message: 'KVM hangs the guest; starting it again without' });
      await destroyDomain(env.virsh, bringUp.domain, signal);
      bringUp.metadata = await options.onSilentKvm();
      bringUp.metadata = (await powerOn(env, bringUp.domain, bringUp.metadata, signal)).metadata;
      return 'without KVM, which hangs on this machine: expect everything to take several times longer';
    },
  };
}

const told = (notes: readonly (string | undefined)[]): string | undefined =>
  notes.filter((note) => note !== undefined).join('; ') || undefined;

/**
 * Whether a running guest is on its way down, because an earlier stop asked it to and did not wait long enough. Waits
 * until it is; one that goes on running after all was deaf to the power button.
 */
async function shutsDown(
  env: Environment,
  view: DomainView,
  bringUp: BringUp,
  report: Report,
  signal: AbortSignal,
): Promise<boolean> {
  const { stoppingId, ...metadata } = view.facts.metadata ?? bringUp.metadata;
  if (stoppingId === undefined || stoppingId !== view.facts.id) return false;
  report({ message: 'waiting for the guest, which is still shutting down' });
  const isOff = await waitUntilOff(env.virsh, bringUp.domain, env.config.stopTimeoutMs, signal);
  bringUp.metadata = metadata;
  await setMetadata(env.virsh, bringUp.domain, metadata, !isOff, signal);
  return isOff;
}

/** A VM that was set up takes on what the configuration asks for now. @returns what changed, for people */
async function prepare(env: Environment, bringUp: BringUp, signal: AbortSignal): Promise<string | undefined> {
  if (bringUp.metadata.phase !== 'provisioned') return undefined;
  const { metadata, changes } = await applyConfiguration(env, await requireVm(env, signal), signal);
  bringUp.metadata = metadata;
  return changes.length > 0 ? `now with ${changes.join(', ')}` : undefined;
}

export function need(shared: { current: BringUp | undefined }): BringUp {
  if (shared.current === undefined) throw k3sVmError('INTERNAL', { what: 'a step ran before the one it needs' });
  return shared.current;
}

/** Rejects when the domain goes down while somebody waits for it. */
async function domainLoss(env: Environment, { name, uuid }: DomainRef, signal: AbortSignal): Promise<never> {
  for (;;) {
    await env.virsh.attempt(['event', uuid, 'lifecycle', '--timeout', '5'], { signal });
    const outcome = await env.virsh.attempt(['domstate', '--reason', uuid], { signal });
    if (outcome.fault === 'no-domain') throw k3sVmError('VM_CRASHED', { name, reason: 'it was removed' });
    if (outcome.fault !== undefined) {
      await sleep(1000, undefined, { signal });
      continue;
    }
    const { state, reason } = parseDomainState(outcome.stdout);
    if (state === 'shut off' || state === 'crashed' || (state === 'paused' && reason === 'I/O error')) {
      const console = await consoleTail(env.virsh, name, 12, signal);
      throw k3sVmError('VM_CRASHED', { name, reason, console });
    }
  }
}

/**
 * Waits for one thing, bounded by the operation's time, and gives up at once when the VM dies or the guest says that it
 * will not come up. A guest that hangs is reset once; one that is given up is powered off, so that the next setup or start
 * boots it.
 *
 * @param onTimeout the error when time is up
 */
export async function waitFor<T>(
  env: Environment,
  bringUp: BringUp,
  { signal, report }: WorkContext,
  wait: (signal: AbortSignal) => Promise<T>,
  onTimeout: (seconds: number) => Promise<K3sVmError>,
): Promise<T> {
  bringUp.deadline ??= deadlineIn(env.config.timeoutMs);
  const timeout = AbortSignal.timeout(Math.max(1, Math.ceil(bringUp.deadline.leftMs())));
  const done = new AbortController();
  const inner = AbortSignal.any([signal, timeout, done.signal, bringUp.ended.signal]);
  const races: Promise<T>[] = [
    wait(inner),
    domainLoss(env, bringUp.domain, inner),
    watchdog(env, bringUp, { signal: inner, report }),
  ];
  if (bringUp.watch) races.push(bringUp.watch.failure);
  const expired = new Promise<never>((_, reject) => {
    inner.addEventListener('abort', () => reject(inner.reason as Error), { once: true });
  });
  try {
    return await Promise.race([...races, expired]);
  } catch (error) {
    signal.throwIfAborted();
    if (isK3sVmError(error, 'GUEST_HUNG')) await destroyDomain(env.virsh, bringUp.domain, signal);
    if (timeout.aborted && !isK3sVmError(error)) throw await onTimeout(Math.round(env.config.timeoutMs / 1000));
    throw error;
  } finally {
    done.abort();
    for (const race of [...races, expired]) race.catch(() => undefined);
  }
}

/** Does something that is no fault of the guest's, however long it takes: the time it has to come up moves by as much. */
export async function offTheClock<T>(bringUp: BringUp, work: () => Promise<T>): Promise<T> {
  const leftMs = bringUp.deadline?.leftMs();
  try {
    return await work();
  } finally {
    if (leftMs !== undefined) bringUp.deadline = deadlineIn(leftMs);
  }
}

/** The error of a guest that does not come up in time. */
export const bootTimedOut =
  (env: Environment) =>
  async (seconds: number): Promise<K3sVmError> => {
    const { name } = env.config;
    return k3sVmError('BOOT_TIMEOUT', { name, seconds, console: await consoleTail(env.virsh, name, 12) });
  };

/** Waits for the guest's sshd, and for K3s to be put in place (first boot). */
export function bootStep(env: Environment, shared: { current: BringUp | undefined }): Step {
  return {
    id: 'boot',
    title: 'Boot the guest and install K3s in it',
    run: async (work) => {
      const { signal, report } = work;
      const bringUp = need(shared);
      const watch = openWatch(env, bringUp, signal);
      report({ message: 'waiting for the guest to boot' });
      await waitFor(env, bringUp, work, () => watch.reachable, bootTimedOut(env));
      bringUp.underWay = true;
      if (bringUp.metadata.goldenVolume === undefined) report({ message: 'installing K3s' });
      await waitFor(env, bringUp, work, () => watch.installed, bootTimedOut(env));
    },
  };
}

/** How long ssh may be refused while a guest makes its user and takes on its host key, at its first boot. */
const firstBootGraceMs = 120_000;
/** Later it has both before its sshd starts. */
const graceMs = 5000;

/** @param options.needed false: a guest that refuses us is no failure, because the watch only saves time */
export function openWatch(
  env: Environment,
  bringUp: BringUp,
  signal: AbortSignal,
  { needed = true }: { readonly needed?: boolean } = {},
): GuestWatch {
  const { domain, metadata } = bringUp;
  bringUp.watch ??= watchGuest(sshTarget(env, domain.uuid, metadata), AbortSignal.any([signal, bringUp.ended.signal]), {
    graceMs: metadata.phase === 'created' ? firstBootGraceMs : graceMs,
    needed,
  });
  return bringUp.watch;
}

/**
 * Days before its certificate ends from which on a kubeconfig is fetched again at a boot: K3s has renewed the certificate
 * by then, at this start or an earlier one. It does so within 120 days of the end, older ones within 90.
 * https://docs.k3s.io/cli/certificate
 */
const renewedWithinDays = 90;

/** The kubeconfig that we have of a VM, for where the VM is now. `worn`: K3s has, or will have, a newer certificate. */
async function usableKubeconfig({
  domain: { uuid },
  metadata,
  resumed,
}: BringUp): Promise<{ readonly access: ApiAccess; readonly worn: boolean } | undefined> {
  if (metadata.phase !== 'provisioned') return undefined;
  const kept = await keptKubeconfig(uuid).catch(() => undefined);
  if (kept === undefined) return undefined;
  const access = { ...kept.access, server: serverUrl(metadata.address, metadata.apiPort) };
  const isGoodOn = (date: Date): boolean => certificatesCheck(undefined, access.cert, date).state !== 'failed';
  const now = Date.now();
  if (!isGoodOn(new Date(now))) return undefined;
  return { access, worn: resumed !== true && !isGoodOn(new Date(now + renewedWithinDays * 24 * 3600_000)) };
}

/**
 * Refuses a VM that could be started but never reached: without its keys its kubeconfig cannot be fetched, and there is
 * none.
 *
 * @throws KEYS_LOST
 */
async function requireWayIn(env: Environment, bringUp: BringUp): Promise<void> {
  if (bringUp.metadata.phase !== 'provisioned' || (await usableKubeconfig(bringUp)) !== undefined) return;
  await requireKeys(bringUp.domain.uuid, env.config.name);
}

/** Fetches K3s' credentials from the guest, unless there are good ones, and writes the kubeconfig. */
export function kubeconfigStep(env: Environment, shared: { current: BringUp | undefined }): Step {
  return {
    id: 'kubeconfig',
    title: 'Write the kubeconfig',
    run: async (work) => {
      const { signal, report } = work;
      const bringUp = need(shared);
      const { domain, metadata } = bringUp;
      const { uuid } = domain;
      const { name, project } = env.config;
      const fresh = metadata.phase === 'created';
      const usable = await usableKubeconfig(bringUp);
      const canLogIn = await hasKeys(uuid, name);
      if (usable !== undefined && !(usable.worn && canLogIn)) {
        await writeKubeconfig(project, uuid, name, usable.access);
        // K3s may still fail to start: the watch is what notices.
        if (bringUp.resumed !== true) openWatch(env, bringUp, signal, { needed: false });
        return {
          skip: canLogIn ? 'the one there is still good' : 'the one there is used; the SSH keys of the VM are lost',
        };
      }
      await requireKeys(uuid, name);
      report({ message: 'waiting for K3s to write it' });
      const watch = openWatch(env, bringUp, signal);
      if (!fresh) {
        // The one of K3s' last start is there all along, with the certificate of then
        await waitFor(env, bringUp, work, () => watch.active, bootTimedOut(env));
        return refreshKubeconfig(env, signal);
      }
      const text = await waitFor(env, bringUp, work, () => watch.kubeconfig, bootTimedOut(env));
      const server = serverUrl(metadata.address, metadata.apiPort);
      await writeKubeconfig(project, uuid, name, { server, ...(await guestCredentials(text)) });
      // From here on the guest may hold user data.
      const { makesGolden: _, ...rest } = metadata;
      bringUp.metadata = { ...rest, phase: 'provisioned' };
      await setMetadata(env.virsh, domain, bringUp.metadata, true, signal);
      return kubeconfigFile(project);
    },
  };
}

/** Waits for the clock of a guest that was resumed; status tells of one that could not be set. @returns what to tell */
async function clockSet({ clock }: BringUp, signal: AbortSignal): Promise<string | undefined> {
  try {
    const lagMs = await clock;
    if (lagMs === undefined || Math.abs(lagMs) < 1000) return undefined;
    return `its clock was ${formatDuration(1000 * Math.round(Math.abs(lagMs) / 1000))} ${lagMs > 0 ? 'behind' : 'ahead'}`;
  } catch (error) {
    signal.throwIfAborted();
    return `the guest's clock could not be put right: ${asK3sVmError(error).message}`;
  }
}

/** Waits until the cluster is as well as the caller wants it. */
export function readyStep(env: Environment, shared: { current: BringUp | undefined }, level: WaitFor): Step {
  const titles: Record<WaitFor, string> = {
    none: 'Wait for nothing',
    api: 'Wait for the API',
    node: 'Wait for the node',
    all: 'Wait for the API, the node and the core workloads',
  };
  return {
    id: 'ready',
    title: titles[level],
    run: async (work) => {
      const { signal, report } = work;
      const bringUp = need(shared);
      const { resumed = false } = bringUp;
      if (level === 'none') {
        if (resumed) startClock(env, bringUp, signal);
        await clockSet(bringUp, signal);
        return { skip: 'not asked to' };
      }
      const startedAt = performance.now();
      let last: readonly HealthCheck[] = [];
      let wrongSince: number | undefined;
      // What a boot has done by itself: K3s starts, and is watched
      const renewals = resumed ? [...certificateRenewals] : [];
      const mayRenew = (checks: readonly HealthCheck[]): boolean => renewals.length > 0 && renewalIsDue(checks);
      const mayWatch = (): boolean =>
        resumed && bringUp.watch === undefined && performance.now() - startedAt > silentK3sMs;
      for (;;) {
        const access = (await keptKubeconfig(bringUp.domain.uuid))?.access;
        if (access === undefined) throw k3sVmError('INTERNAL', { what: 'the kubeconfig vanished' });
        await waitFor(
          env,
          bringUp,
          work,
          (inner) =>
            waitUntilReady(env.config, access, level, {
              signal: inner,
              report,
              onHealth: ({ checks, clockSkewMs = 0 }) => {
                last = checks;
                wrongSince = Math.abs(clockSkewMs) < rightClockMs ? undefined : (wrongSince ?? performance.now());
                if (resumed && performance.now() - (wrongSince ?? Infinity) > ownClockMs)
                  startClock(env, bringUp, signal);
              },
              pending: () =>
                resumed && wrongSince !== undefined && bringUp.clock === undefined ? ['Guest clock: it goes on'] : [],
              enough: (checks) => mayRenew(checks) || mayWatch(),
              wake: bringUp.watch?.active,
              resumed,
            }),
          (seconds) => Promise.resolve(notReadyError(last, level, access.server, seconds)),
        );
        if (mayRenew(last)) {
          const renew = renewals.shift();
          report({ message: "renewing K3s' certificates" });
          await waitFor(
            env,
            bringUp,
            work,
            async (inner) => renew?.(env, sshTarget(env, bringUp.domain.uuid, bringUp.metadata), inner),
            bootTimedOut(env),
          );
        } else if (mayWatch() && problems(last, level).length > 0) {
          openWatch(env, bringUp, signal);
        } else break;
      }
      const told = [
        bringUp.wasReset === true ? 'the guest hung, and was reset' : undefined,
        resumed && renewals.length < certificateRenewals.length ? "K3s' certificates were renewed" : undefined,
        await clockSet(bringUp, signal),
      ];
      return told.filter((text) => text !== undefined).join('; ') || undefined;
    },
  };
}
