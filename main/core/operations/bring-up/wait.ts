/**
 * Waiting for a guest to come up, until its deadline or until it is known that it will not.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { deadlineIn } from '../../deadline';
import { isK3sVmError, k3sVmError, type K3sVmError } from '../../errors';
import { consoleTail } from '../../libvirt/console';
import { destroyDomain, parseDomainState, type DomainRef } from '../../libvirt/domains';
import type { WorkContext } from '../../progress';
import type { Environment } from '../environment';
import type { ComingUp } from './guest';
import { watchdog } from './watchdog';

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
  guest: ComingUp,
  { signal, report }: WorkContext,
  wait: (signal: AbortSignal) => Promise<T>,
  onTimeout: (seconds: number) => Promise<K3sVmError>,
): Promise<T> {
  const timeout = AbortSignal.timeout(Math.max(1, Math.ceil(guest.deadline.leftMs())));
  const done = new AbortController();
  const inner = AbortSignal.any([signal, timeout, done.signal]);
  const races: Promise<T>[] = [
    wait(inner),
    domainLoss(env, guest.domain, inner),
    watchdog(env, guest, { signal: inner, report }),
  ];
  if (guest.watch) races.push(guest.watch.failure);
  const expired = new Promise<never>((_, reject) => {
    inner.addEventListener('abort', () => reject(inner.reason as Error), { once: true });
  });
  try {
    return await Promise.race([...races, expired]);
  } catch (error) {
    signal.throwIfAborted();
    if (isK3sVmError(error, 'GUEST_HUNG')) await destroyDomain(env.virsh, guest.domain, signal);
    if (timeout.aborted && !isK3sVmError(error)) throw await onTimeout(Math.round(env.config.timeoutMs / 1000));
    throw error;
  } finally {
    done.abort();
    for (const race of [...races, expired]) race.catch(() => undefined);
  }
}

/** Runs something that must not count against the guest: its deadline is extended by the time this takes. */
export async function offTheClock<T>(guest: ComingUp, work: () => Promise<T>): Promise<T> {
  const leftMs = guest.deadline.leftMs();
  try {
    return await work();
  } finally {
    guest.deadline = deadlineIn(leftMs);
  }
}

/** The error of a guest that does not come up in time. */
export const bootTimedOut =
  (env: Environment) =>
  async (seconds: number): Promise<K3sVmError> => {
    const { name } = env.config;
    return k3sVmError('BOOT_TIMEOUT', { name, seconds, console: await consoleTail(env.virsh, name, 12) });
  };
