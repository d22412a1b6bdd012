/**
 * K3s' certificates hold for a year and are renewed when K3s starts, within 120 days of their end (older ones: 90). A VM
 * that is only ever suspended and resumed never starts it, so resuming does in time.
 * https://docs.k3s.io/cli/certificate
 */
import type { HealthCheck } from '../../cluster';
import { k3sVmError } from '../../errors';
import { setGuestClock } from '../../guest/clock';
import { sshRun, type SshTarget } from '../../guest/ssh';
import type { Environment } from '../environment';
import { refreshKubeconfig } from '../refresh-kubeconfig';

/** Whether a certificate, the server's or the kubeconfig's, has ended or soon will: what `status` warns of. */
export const renewalIsDue = (checks: readonly HealthCheck[]): boolean =>
  checks.some(({ id, state }) => id === 'certificates' && (state === 'warning' || state === 'failed'));

export type Renewal = (env: Environment, target: SshTarget, signal: AbortSignal) => Promise<void>;

/**
 * Has K3s renew its certificates, by a restart of K3s alone: pods keep running meanwhile. Returns when it is up.
 *
 * @throws SSH_FAILED; K3S_FAILED when K3s does not start
 */
const restartK3s: Renewal = async (env, target, signal) => {
  // K3s decides by the guest's clock
  await setGuestClock(target, signal);
  const { exitCode, stderr } = await sshRun(target, ['sudo', 'systemctl', 'restart', 'k3s'], { signal });
  if (exitCode !== 0) {
    throw k3sVmError('K3S_FAILED', { detail: 'it did not restart to renew its certificates' }, stderr);
  }
  await refreshKubeconfig(env, signal);
};

/** What helps, in the order in which to try: K3s may have renewed its certificates since the kubeconfig was fetched. */
export const certificateRenewals: readonly Renewal[] = [
  async (env, _target, signal) => void (await refreshKubeconfig(env, signal)),
  restartK3s,
];
