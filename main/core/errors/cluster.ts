/**
 * K3s in the VM, and the kubeconfig for it.
 */
import { formatDuration } from '../config/units';
import { entry, exitStatus } from './entry';
import { regenerateKubeconfig, run } from './remedy';

const { guest, conflict, timeout } = exitStatus;

export const clusterErrors = {
  K3S_FAILED: entry<{ detail: string; masked?: boolean }>(
    guest,
    (p) => `K3s does not start in the guest: ${p.detail}`,
    (p) => [
      ...(p.masked === true
        ? [
            run(
              "k3s-vm shell -- sudo sh -c 'systemctl unmask k3s && systemctl start k3s'",
              'Unmask its unit and start it:',
            ),
          ]
        : []),
      run('k3s-vm logs --source k3s', 'See its journal:'),
      run('k3s-vm config show k3s', 'Check the K3s settings of this project:'),
    ],
  ),
  API_UNREACHABLE: entry<{ server: string; why: string }>(
    guest,
    (p) => `The Kubernetes API at ${p.server} does not answer: ${p.why}.`,
    () => [run('k3s-vm status', 'See what is wrong:'), run('k3s-vm logs --source k3s', 'See the journal of K3s:')],
  ),
  NOT_HEALTHY: entry<{ waited: number; problems: readonly string[] }>(
    timeout,
    (p) => `The cluster is up but not healthy after ${formatDuration(p.waited * 1000)}:\n  ${p.problems.join('\n  ')}`,
    () => [run('k3s-vm status', 'See each check and its fix:')],
  ),
  KUBECONFIG_REFUSED: entry<{ path: string; why: string }>(
    conflict,
    (p) => `k3s-vm cannot use ${p.path}: ${p.why}.`,
    () => [regenerateKubeconfig],
  ),
  GUEST_KUBECONFIG: entry<{ why: string }>(
    guest,
    (p) => `The kubeconfig in the VM cannot be used: ${p.why}.`,
    () => [
      run('k3s-vm restart', 'Restart the VM; K3s writes it at every start:'),
      run('k3s-vm shell -- sudo ls -l /etc/rancher/k3s', 'See what is there:'),
    ],
  ),
  CERTIFICATE_EXPIRED: entry<{ what: string }>(
    guest,
    (p) => `A certificate is no longer valid: ${p.what}.`,
    () => [run('k3s-vm restart', 'Restart the VM; K3s renews its certificates when it starts:')],
  ),
};
