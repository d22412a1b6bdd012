/**
 * The project's kubeconfig, written anew from the guest: for one that was deleted, damaged or outlived.
 */
import { k3sVmError } from '../errors';
import { sshRun } from '../guest/ssh';
import { hostKubeconfig, writeKubeconfig } from '../k3s/kubeconfig';
import { kubeconfigFile } from '../paths';
import { isRunning, requireVm, sshTarget, type Environment } from './environment';

/**
 * @returns the kubeconfig's path
 * @throws VM_ABSENT, VM_NOT_RUNNING, SSH_FAILED; K3S_FAILED when K3s has not written one yet
 */
export async function refreshKubeconfig(env: Environment, signal?: AbortSignal): Promise<string> {
  const { name, project } = env.config;
  const vm = await requireVm(env, signal);
  if (!isRunning(vm)) throw k3sVmError('VM_NOT_RUNNING', { name, state: vm.state.state });
  const result = await sshRun(sshTarget(env, vm.metadata), ['sudo', 'cat', '/etc/rancher/k3s/k3s.yaml'], { signal });
  if (result.exitCode !== 0)
    throw k3sVmError('K3S_FAILED', { detail: 'it has not written its kubeconfig' }, result.stderr);
  const path = kubeconfigFile(project);
  await writeKubeconfig(path, hostKubeconfig(result.stdout, name, vm.metadata.address, vm.metadata.apiPort));
  return path;
}
