/**
 * There are machines whose /dev/kvm opens and whose guests hang right after the BIOS; the console stays empty there.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { deadlineIn } from '../../deadline';
import { readConsole } from '../../libvirt/console';
import type { Environment } from '../environment';

/** How long a KVM guest may be silent before acceleration is taken for broken. Its boot loader speaks within 2 s. */
const silentKvmMs = 25_000;

/**
 * Whether a guest that was just started under KVM shows any life.
 *
 * @param offset length of the console's text before the start
 */
export async function showsLife(env: Environment, offset: number, signal: AbortSignal): Promise<boolean> {
  const deadline = deadlineIn(silentKvmMs);
  while (!deadline.isOver()) {
    if ((await readConsole(env.virsh, env.config.name, offset, signal)).trim() !== '') return true;
    await sleep(500, undefined, { signal });
  }
  return false;
}
