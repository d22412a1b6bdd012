import { hasKeys, requireKeys } from '../../guest/identity';
import { guestCredentials, serverUrl } from '../../k3s/kubeconfig';
import { writeKubeconfig } from '../../k3s/kubeconfig-files';
import { setMetadata } from '../../libvirt/domains';
import { kubeconfigFile } from '../../paths';
import type { Environment } from '../environment';
import { refreshKubeconfig } from '../refresh-kubeconfig';
import type { Step } from '../steps';
import { openWatch, type ComingUp } from './guest';
import { usableKubeconfig } from './kept-kubeconfig';
import { bootTimedOut, waitFor } from './wait';

/** Fetches K3s' credentials from the guest, unless there are good ones, and writes the kubeconfig. */
export function kubeconfigStep(env: Environment): Step<ComingUp> {
  return {
    id: 'kubeconfig',
    title: 'Write the kubeconfig',
    run: async (work, guest) => {
      const { signal, report } = work;
      const { domain, metadata } = guest;
      const { uuid } = domain;
      const { name, project } = env.config;
      const fresh = metadata.phase === 'created';
      const usable = await usableKubeconfig(guest);
      const canLogIn = await hasKeys(uuid, name);
      if (usable !== undefined && !(usable.worn && canLogIn)) {
        await writeKubeconfig(project, uuid, name, usable.access);
        // K3s may still fail to start: the watch is what notices.
        if (!guest.resumed) openWatch(env, guest, signal, { needed: false });
        return {
          skip: canLogIn
            ? 'the existing one is still valid'
            : 'using the existing one, because the SSH keys of the VM are lost',
        };
      }
      await requireKeys(uuid, name);
      report({ message: 'waiting for K3s to write it' });
      const watch = openWatch(env, guest, signal);
      if (!fresh) {
        // The one of K3s' last start is there all along, with the certificate of then
        await waitFor(env, guest, work, () => watch.active, bootTimedOut(env));
        return refreshKubeconfig(env, signal);
      }
      const text = await waitFor(env, guest, work, () => watch.kubeconfig, bootTimedOut(env));
      const server = serverUrl(metadata.address, metadata.apiPort);
      await writeKubeconfig(project, uuid, name, { server, ...(await guestCredentials(text)) });
      // From here on the guest may hold user data.
      const { makesGolden: _, ...rest } = metadata;
      guest.metadata = { ...rest, phase: 'provisioned' };
      await setMetadata(env.virsh, domain, guest.metadata, true, signal);
      return kubeconfigFile(project);
    },
  };
}
