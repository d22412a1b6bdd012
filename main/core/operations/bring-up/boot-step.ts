import type { Environment } from '../environment';
import type { Step } from '../steps';
import { openWatch, type ComingUp } from './guest';
import { bootTimedOut, waitFor } from './wait';

/** Waits for the guest's sshd, and for K3s to be put in place (first boot). */
export function bootStep(env: Environment): Step<ComingUp> {
  return {
    id: 'boot',
    title: 'Boot the guest and install K3s',
    run: async (work, guest) => {
      const { signal, report } = work;
      const watch = openWatch(env, guest, signal);
      report({ message: 'waiting for the guest to boot' });
      await waitFor(env, guest, work, () => watch.reachable, bootTimedOut(env));
      guest.underWay = true;
      if (guest.metadata.goldenVolume === undefined) report({ message: 'installing K3s' });
      await waitFor(env, guest, work, () => watch.installed, bootTimedOut(env));
    },
  };
}
