/**
 * Notices a guest that hangs while somebody waits for it, and resets it once.
 *
 * A kernel that hangs prints nothing, asks nothing of its disks and sends nothing. A guest that is only slow does one of
 * these every few seconds: in a first boot under emulation, on two cores with a load of 20, the longest silence was 17 s,
 * at its kernel's start.
 */
import { k3sVmError } from '../../errors';
import { waitForSsh } from '../../guest/ssh';
import { guestActivity } from '../../libvirt/activity';
import { consoleTail } from '../../libvirt/console';
import { lookAtDomain } from '../../libvirt/domains';
import type { WorkContext } from '../../progress';
import { pause } from '../../pause';
import type { ComingUp } from './guest';
import { sshTarget, type Environment } from '../environment';

/** How long a guest may do nothing at all, by how it runs; in milliseconds. */
const quietLimitMs = { kvm: 60_000, tcg: 120_000 } as const;

/** How often it is looked at. */
const sampleMs = 5000;

/** Within which the sshd of a quiet guest greets when it lives. */
const greetingMs = 10_000;

/**
 * Waits until a guest has done nothing for some time.
 *
 * @param look tells what it has done so far, see guestActivity; a failure counts as not known
 * @param limitMs for how long; counted in looks, so that time in which the host slept or was too busy to look is none
 * @throws the signal's reason
 */
export async function untilQuiet(
  look: () => Promise<string | undefined>,
  limitMs: number,
  signal: AbortSignal,
): Promise<void> {
  let before: string | undefined;
  for (let quietMs = 0; quietMs < limitMs;) {
    await pause(sampleMs, signal);
    const now = await look().catch(() => undefined);
    signal.throwIfAborted();
    quietMs = now !== undefined && now === before ? quietMs + sampleMs : 0;
    before = now;
  }
}

/** Whether the guest's sshd greets: on user-mode networking libvirt counts no packets, and a guest may well be at rest. */
const greets = (env: Environment, { domain: { uuid }, metadata }: ComingUp, signal: AbortSignal): Promise<boolean> =>
  waitForSsh(sshTarget(env, uuid, metadata), AbortSignal.any([signal, AbortSignal.timeout(greetingMs)])).then(
    () => true,
    () => {
      signal.throwIfAborted();
      return false;
    },
  );

/**
 * Watches over a guest that is waited for. One that hangs is reset, the first time. The second time it is given up, and at
 * once where it was in the middle of its provisioning, which cannot be done twice.
 *
 * @throws GUEST_HUNG, or the signal's reason
 */
export async function watchdog(env: Environment, guest: ComingUp, { signal, report }: WorkContext): Promise<never> {
  const { virsh } = env;
  const { domain } = guest;
  const { name, uuid } = domain;
  // Most waits are over by then
  await pause(sampleMs, signal);
  const view = await lookAtDomain(virsh, uuid, signal).catch(() => undefined);
  const kvm = view?.facts.acceleration === 'kvm';
  const limitMs = kvm ? quietLimitMs.kvm : quietLimitMs.tcg;
  for (;;) {
    await untilQuiet(() => guestActivity(virsh, domain, signal), limitMs, signal);
    if (await greets(env, guest, signal)) continue;
    const { wasReset, underWay, metadata } = guest;
    if (wasReset || (underWay && metadata.phase === 'created')) {
      const console = await consoleTail(virsh, name, 12, signal);
      throw k3sVmError('GUEST_HUNG', { name, seconds: limitMs / 1000, wasReset, kvm, console });
    }
    report({ message: 'the guest hangs; resetting it' });
    guest.wasReset = true;
    guest.resumed = false;
    // Unlike stopping and starting it, a reset cannot leave the VM stopped if this program is killed halfway
    await virsh.run(['reset', uuid], { signal, doing: `reset the VM "${name}"` });
  }
}
