/**
 * The step of a first setup that leaves a golden image behind: the guest has K3s and no identity yet, and waits.
 */
import { asK3sVmError } from '../errors';
import { sshRun } from '../guest/ssh';
import { resizeDisk } from '../libvirt/block-copy';
import type { WorkContext } from '../progress';
import { bootTimedOut, need, openWatch, waitFor, type BringUp } from './bring-up';
import { sshTarget, type Environment } from './environment';
import { captureGolden } from './golden';
import { withConnectionLock } from './locks';
import type { Step } from './steps';

/**
 * Copies the guest's disk as a golden image, then lets the guest go on. That no golden image could be made is told, and
 * is no failure.
 */
export function goldenStep(env: Environment, shared: { current: BringUp | undefined }): Step {
  return {
    id: 'golden',
    title: 'Keep a golden image for the next setup',
    run: async (work) => {
      const { signal, report } = work;
      const bringUp = need(shared);
      const { goldenVolume, makesGolden } = bringUp.metadata;
      if (makesGolden === undefined) {
        return { skip: goldenVolume === undefined ? 'not asked to' : 'this one came from it' };
      }
      const watch = openWatch(env, bringUp, signal);
      report({ message: 'waiting for the guest' });
      const offer = await waitFor(env, bringUp, signal, () => watch.golden, bootTimedOut(env));
      if (offer === undefined) return { skip: 'the guest went on already' };
      report({ message: "copying the guest's disk" });
      const outcome = offer === 'ready' ? await capture(env, bringUp, makesGolden, work) : `there is none: ${offer}`;
      await resizeDisk(env.virsh, env.config.name, env.config.disk, signal);
      await sshRun(sshTarget(env, bringUp.metadata), ['sudo', 'touch', '/run/k3s-vm/go-on'], { signal });
      return outcome;
    },
  };
}

async function capture(
  env: Environment,
  { metadata }: BringUp,
  volume: string,
  work: WorkContext,
): Promise<string | undefined> {
  const { pool, image, k3sVersion } = metadata;
  const what = { domain: env.config.name, pool, volume, image, k3sVersion };
  try {
    const made = await withConnectionLock(env.uri, 'setup', work, () => captureGolden(env.virsh, what, work.signal));
    return made ? undefined : 'another setup has made it';
  } catch (error) {
    work.signal.throwIfAborted();
    return `there is none: ${asK3sVmError(error).message}`;
  }
}
