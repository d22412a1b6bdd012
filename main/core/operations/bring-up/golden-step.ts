/**
 * The step of a first setup that leaves a golden image behind: the guest has K3s and no identity yet, and waits.
 */
import { asK3sVmError } from '../../errors';
import { sshRun } from '../../guest/ssh';
import { resizeDisk } from '../../libvirt/block-copy';
import type { WorkContext } from '../../progress';
import { openWatch, type ComingUp } from './guest';
import { bootTimedOut, offTheClock, waitFor } from './wait';
import { sshTarget, type Environment } from '../environment';
import { captureGolden } from '../golden';
import { withConnectionLock } from '../locks';
import type { Step } from '../steps';

/**
 * Copies the guest's disk as a golden image, then lets the guest continue. If that fails, the step reports why and
 * setup continues.
 */
export function goldenStep(env: Environment): Step<ComingUp> {
  return {
    id: 'golden',
    title: 'Keep a golden image for the next setup',
    run: async (work, guest) => {
      const { signal, report } = work;
      const { goldenVolume, makesGolden } = guest.metadata;
      if (makesGolden === undefined) {
        return { skip: goldenVolume === undefined ? 'turned off' : 'this VM was made from one' };
      }
      const watch = openWatch(env, guest, signal);
      report({ message: 'waiting for the guest' });
      const offer = await waitFor(env, guest, work, () => watch.golden, bootTimedOut(env));
      if (offer === undefined) return { skip: 'the guest already continued' };
      const outcome = await offTheClock(guest, async () => {
        const told = await capture(env, guest, makesGolden, offer, work);
        await resizeDisk(env.virsh, guest.domain, env.config.diskBytes, signal);
        return told;
      });
      await sshRun(sshTarget(env, guest.domain.uuid, guest.metadata), ['sudo', 'touch', '/run/k3s-vm/go-on'], {
        signal,
      });
      return outcome;
    },
  };
}

/** @param offer what the guest says: `ready`, or why its disk must not be copied. @returns what to tell */
async function capture(
  env: Environment,
  { domain, metadata }: ComingUp,
  volume: string,
  offer: string,
  work: WorkContext,
): Promise<string | undefined> {
  const { virsh, config, uri } = env;
  if (!config.goldenImage) return 'golden images are turned off now';
  if (offer !== 'ready') return `not kept: ${offer}`;
  const { pool, image, k3sVersion } = metadata;
  const what = { domain, pool, volume, image, k3sVersion };
  try {
    return await withConnectionLock(uri, 'setup', work, () => captureGolden(virsh, what, work));
  } catch (error) {
    work.signal.throwIfAborted();
    return `not kept: ${asK3sVmError(error).message}`;
  }
}
