/**
 * libvirt's events, as a hint to look again: what happened is always read from libvirt itself.
 */
import type { Virsh } from './virsh';

/**
 * Waits until some domain of the connection starts, stops, is defined or goes away, or until it was quiet for a while.
 * https://www.libvirt.org/manpages/virsh.html#event
 *
 * @param quietSeconds how long to wait at most
 * @throws DAEMON_NOT_RUNNING and the like at once where libvirt cannot be asked
 */
export async function nextDomainEvent(virsh: Virsh, quietSeconds: number, signal: AbortSignal): Promise<void> {
  await virsh.run(['event', '--event', 'lifecycle', '--timeout', String(quietSeconds)], {
    signal,
    timeoutMs: (quietSeconds + 10) * 1000,
  });
}
