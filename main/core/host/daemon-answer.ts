/**
 * Waiting for a libvirt daemon that was just started.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { VirshFault } from '../libvirt/faults';

const attempts = 20;
const pauseMs = 250;

/**
 * Asks until the daemon answers. A refusal is an answer too: libvirt runs, and only the group is missing.
 *
 * @param ask asks libvirt something, and returns its fault; undefined where it succeeded
 * @returns the fault of the first answer; `no-daemon` where there was none in time
 * @throws the signal's reason when aborted
 */
export async function firstAnswer(
  ask: () => Promise<VirshFault | undefined>,
  signal: AbortSignal,
): Promise<VirshFault | undefined> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const fault = await ask();
    if (fault !== 'no-daemon') return fault;
    // The caller's reason, not node's own error.
    await sleep(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
  return 'no-daemon';
}
