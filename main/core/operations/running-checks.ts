/**
 * How the cluster of a running VM is, check by check.
 */
import unitScript from '../../../resources/guest/k3s-unit.sh';
import healthScript from '../../../resources/guest/health.sh';
import type { HealthCheck } from '../cluster';
import { asK3sVmError } from '../errors';
import { sshRun } from '../guest/ssh';
import { hostHasInternet } from '../host/internet';
import { createApiClient } from '../k3s/api';
import { apiHealth, clockCheck, guestDiskCheck, guestFacts, networkChecks } from '../k3s/health';
import { explainedByService, k3sServiceCheck } from '../k3s/service';
import { readKubeconfig } from '../k3s/kubeconfig';
import { kubeconfigFile } from '../paths';
import { sshTarget, type Environment, type OwnVm } from './environment';
import { disabledComponents } from './ready';

/** Asks the API and the guest. Never throws for what it finds. */
export async function runningChecks(
  env: Environment,
  vm: OwnVm,
  signal?: AbortSignal,
): Promise<readonly HealthCheck[]> {
  const [api, guest] = await Promise.all([clusterChecks(env, signal), guestChecks(env, vm, signal)]);
  // The guest's own clock is exact where it could be asked; the API's Date header is the fallback.
  const ids = new Set(guest.map((check) => check.id));
  return explainedByService([...api.filter((check) => !ids.has(check.id)), ...guest]);
}

/** Facts that only the guest knows. A guest that cannot be asked leaves them unknown. */
async function guestChecks(env: Environment, vm: OwnVm, signal?: AbortSignal): Promise<readonly HealthCheck[]> {
  const { egressProbe } = env.config;
  const probe = egressProbe !== null && (await hostHasInternet(egressProbe, signal));
  const [host = '', port = ''] = egressProbe?.split(':') ?? [];
  const [sentAt, startedAt] = [Date.now(), performance.now()];
  try {
    const result = await sshRun(
      sshTarget(env, vm.metadata),
      ['sudo', 'sh', '-s', '--', ...(probe ? [host, port] : [])],
      {
        input: unitScript + healthScript,
        timeoutMs: 20_000,
        signal,
      },
    );
    const facts = guestFacts(result.stdout);
    // The guest read its clock somewhere between our question and its answer.
    const slack = (performance.now() - startedAt) / 2;
    const skew = Number(facts.clock) * 1000 - (sentAt + slack);
    const exact = Math.abs(skew) <= slack ? 0 : skew - Math.sign(skew) * slack;
    return [...k3sServiceCheck(facts), guestDiskCheck(facts.disk), clockCheck(exact), ...networkChecks(facts)];
  } catch (error) {
    signal?.throwIfAborted();
    const detail = asK3sVmError(error).message;
    return [
      {
        id: 'ssh',
        title: 'Guest shell',
        state: 'warning',
        detail,
        diagnosis: 'Facts from inside the guest are missing.',
      },
    ];
  }
}

async function clusterChecks(env: Environment, signal?: AbortSignal): Promise<readonly HealthCheck[]> {
  const path = kubeconfigFile(env.config.project);
  const api = await readKubeconfig(path);
  if (api === undefined) {
    return [
      {
        id: 'kubeconfig',
        title: 'Kubeconfig',
        state: 'failed',
        detail: `no usable kubeconfig at ${path}`,
        diagnosis: 'Setup did not get that far, or the file was removed.',
        fix: { text: 'Finish the setup, or write it anew:', command: 'k3s-vm setup' },
      },
    ];
  }
  const client = createApiClient(api);
  try {
    const disabled = disabledComponents(env.config);
    return (await apiHealth(client, { level: 'all', disabled, clientCert: api.cert, signal })).checks;
  } finally {
    client.close();
  }
}
