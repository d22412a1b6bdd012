/**
 * The clock of a guest that was suspended or paused.
 */
import { formatDuration } from '../../config/units';
import { asK3sVmError } from '../../errors';
import { setGuestClock } from '../../guest/clock';
import { waitForSsh } from '../../guest/ssh';
import { sshTarget, type Environment } from '../environment';
import type { ComingUp } from './guest';

/** Starts setting the guest's clock in the background; the step that reports health waits for the result. */
export function startClock(env: Environment, guest: ComingUp, signal: AbortSignal): void {
  if (guest.clock !== undefined) return;
  const target = sshTarget(env, guest.domain.uuid, guest.metadata);
  // Its sshd was up when it was suspended, so there is no need to wait for it first
  guest.clock = setGuestClock(target, signal).catch(async () => {
    await waitForSsh(target, signal);
    return setGuestClock(target, signal);
  });
  guest.clock.catch(() => undefined);
}

/** Waits for the clock of a guest that was resumed; status tells of one that could not be set. @returns what to tell */
export async function clockSet({ clock }: ComingUp, signal: AbortSignal): Promise<string | undefined> {
  try {
    const lagMs = await clock;
    if (lagMs === undefined || Math.abs(lagMs) < 1000) return undefined;
    return `its clock was ${formatDuration(1000 * Math.round(Math.abs(lagMs) / 1000))} ${lagMs > 0 ? 'behind' : 'ahead'}`;
  } catch (error) {
    signal.throwIfAborted();
    return `the guest's clock could not be corrected: ${asK3sVmError(error).message}`;
  }
}
