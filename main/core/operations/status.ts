/**
 * status: what libvirt says, and how the cluster is.
 */
import { access } from 'node:fs/promises';
import healthScript from '../../../resources/guest/health.sh';
import type { HealthCheck, Status, VmInfo } from '../cluster';
import { asK3sVmError } from '../errors';
import { sshRun } from '../guest/ssh';
import { createApiClient } from '../k3s/api';
import { apiHealth, clockCheck, guestDiskCheck, guestFacts, networkChecks } from '../k3s/health';
import { readKubeconfig } from '../k3s/kubeconfig';
import { kubeconfigFile } from '../paths';
import { findVm, isRunning, sshTarget, type Environment, type OwnVm } from './environment';
import { hostHasInternet } from '../host/internet';
import { absentVm, vmInfo } from './observe';
import { disabledComponents } from './ready';

/** What libvirt says of the project's VM. */
export async function observe(env: Environment, signal?: AbortSignal): Promise<VmInfo> {
  const vm = await findVm(env, signal);
  return vm === undefined ? absentVm(env.config.name, env.uri) : vmInfo(vm, env.uri);
}

/** Facts that only the guest knows. A guest that cannot be asked leaves them unknown. */
async function guestChecks(env: Environment, vm: OwnVm, signal?: AbortSignal): Promise<readonly HealthCheck[]> {
  const { egressProbe } = env.config;
  const probe = egressProbe !== null && (await hostHasInternet(egressProbe, signal));
  const [host = '', port = ''] = egressProbe?.split(':') ?? [];
  const sentAt = Date.now();
  try {
    const result = await sshRun(
      sshTarget(env, vm.metadata),
      ['sudo', 'sh', '-s', '--', ...(probe ? [host, port] : [])],
      {
        input: healthScript,
        timeoutMs: 20_000,
        signal,
      },
    );
    const facts = guestFacts(result.stdout);
    // The guest read its clock somewhere between our question and its answer.
    const middle = (sentAt + Date.now()) / 2;
    const slack = (Date.now() - sentAt) / 2;
    const skew = Number(facts.clock) * 1000 - middle;
    const exact = Math.abs(skew) <= slack ? 0 : skew - Math.sign(skew) * slack;
    return [guestDiskCheck(facts.disk), clockCheck(undefined, 0, 0, exact), ...networkChecks(facts)];
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

/**
 * The whole status. Never throws for an unhealthy cluster; throws when libvirt cannot be asked.
 *
 * @throws DAEMON_NOT_RUNNING, PERMISSION_DENIED, FOREIGN_DOMAIN …
 */
export async function status(env: Environment, signal?: AbortSignal): Promise<Status> {
  const path = kubeconfigFile(env.config.project);
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  const kubeconfig = { path, exists };
  const vm = await findVm(env, signal);
  if (vm === undefined) {
    return { schemaVersion: 1, vm: absentVm(env.config.name, env.uri), healthy: null, checks: [], kubeconfig };
  }
  const info = vmInfo(vm, env.uri);
  if (!isRunning(vm)) return { schemaVersion: 1, vm: info, healthy: null, checks: [], kubeconfig };

  const [api, guest] = await Promise.all([clusterChecks(env, signal), guestChecks(env, vm, signal)]);
  // The guest's own clock is exact where it could be asked; the API's Date header is the fallback.
  const ids = new Set(guest.map((check) => check.id));
  const checks = [...api.filter((check) => !ids.has(check.id)), ...guest];
  const healthy =
    info.state === 'running' && checks.every((check) => check.state === 'ok' || check.state === 'warning');
  return { schemaVersion: 1, vm: info, healthy, checks, kubeconfig };
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
