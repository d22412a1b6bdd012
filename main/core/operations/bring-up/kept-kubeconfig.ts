/**
 * The kubeconfig that is kept of a VM, and whether it will do.
 */
import { requireKeys } from '../../guest/identity';
import { certificatesCheck } from '../../k3s/health';
import { serverUrl, type ApiAccess } from '../../k3s/kubeconfig';
import { keptKubeconfig } from '../../k3s/kubeconfig-files';
import type { Environment } from '../environment';
import type { ComingUp, DefinedVm } from './guest';

/**
 * Days before its certificate ends from which on a kubeconfig is fetched again at a boot: K3s has renewed the certificate
 * by then, at this start or an earlier one. It does so within 120 days of the end, older ones within 90.
 * https://docs.k3s.io/cli/certificate
 */
const renewedWithinDays = 90;

/** The kubeconfig that we have of a VM, for where the VM is now. `worn`: K3s has, or will have, a newer certificate. */
export async function usableKubeconfig({
  domain: { uuid },
  metadata,
  resumed,
}: DefinedVm & Partial<Pick<ComingUp, 'resumed'>>): Promise<
  { readonly access: ApiAccess; readonly worn: boolean } | undefined
> {
  if (metadata.phase !== 'provisioned') return undefined;
  const kept = await keptKubeconfig(uuid).catch(() => undefined);
  if (kept === undefined) return undefined;
  const access = { ...kept.access, server: serverUrl(metadata.address, metadata.apiPort) };
  const isGoodOn = (date: Date): boolean => certificatesCheck(undefined, access.cert, date).state !== 'failed';
  const now = Date.now();
  if (!isGoodOn(new Date(now))) return undefined;
  return { access, worn: resumed !== true && !isGoodOn(new Date(now + renewedWithinDays * 24 * 3600_000)) };
}

/**
 * Refuses a VM that could be started but never reached: without its keys its kubeconfig cannot be fetched, and there is
 * none.
 *
 * @throws KEYS_LOST
 */
export async function requireWayIn(env: Environment, vm: DefinedVm): Promise<void> {
  if (vm.metadata.phase !== 'provisioned' || (await usableKubeconfig(vm)) !== undefined) return;
  await requireKeys(vm.domain.uuid, env.config.name);
}
