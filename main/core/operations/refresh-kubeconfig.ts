/**
 * The project's kubeconfig, made again from the guest: for one that was deleted, damaged or replaced.
 */
import { k3sVmError } from '../errors';
import { sshRun } from '../guest/ssh';
import { guestCredentials, serverUrl, type Credentials } from '../k3s/kubeconfig';
import { keptKubeconfig, writeKubeconfig } from '../k3s/kubeconfig-files';
import { kubeconfigFile } from '../paths';
import { isRunning, requireVm, sshTarget, type Environment, type OwnVm } from './environment';
import { requireRealFolders } from './project-files';

/**
 * @returns the kubeconfig's path
 * @throws VM_ABSENT, VM_NOT_RUNNING, FOLDER_REFUSED, KEYS_LOST, GUEST_KUBECONFIG, and what ssh can meet; K3S_FAILED when
 *   K3s has not written one yet
 */
export async function refreshKubeconfig(env: Environment, signal?: AbortSignal): Promise<string> {
  const { name, project } = env.config;
  const vm = await requireVm(env, signal);
  await requireRealFolders(project);
  const credentials = isRunning(vm) ? await fetchCredentials(env, vm, signal) : await keptCredentials(name, vm);
  const { address, apiPort } = vm.metadata;
  await writeKubeconfig(project, vm.facts.uuid, name, { server: serverUrl(address, apiPort), ...credentials });
  return kubeconfigFile(project);
}

async function fetchCredentials(env: Environment, vm: OwnVm, signal?: AbortSignal): Promise<Credentials> {
  const target = sshTarget(env, vm.facts.uuid, vm.metadata);
  const result = await sshRun(target, ['sudo', 'cat', '/etc/rancher/k3s/k3s.yaml'], { signal });
  if (result.exitCode !== 0) {
    throw k3sVmError('K3S_FAILED', { detail: 'it has not written its kubeconfig' }, result.stderr);
  }
  return guestCredentials(result.stdout);
}

/** A stopped guest cannot be asked, but the kubeconfig that we keep of it is still valid. */
async function keptCredentials(name: string, vm: OwnVm): Promise<Credentials> {
  const kept = await keptKubeconfig(vm.facts.uuid).catch(() => undefined);
  if (kept === undefined) throw k3sVmError('VM_NOT_RUNNING', { name, state: vm.state.state });
  return kept.access;
}
