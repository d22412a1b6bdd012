/**
 * How the cluster of a running VM is, check by check.
 */
import healthScript from '../../../resources/guest/health.sh';
import type { HealthCheck } from '../cluster';
import { asK3sVmError } from '../errors';
import { sshRun } from '../guest/ssh';
import { hostHasInternet } from '../host/internet';
import { createApiClient } from '../k3s/api';
import { apiHealth, clockCheck, guestDiskCheck, guestFacts, networkChecks } from '../k3s/health';
import { readKubeconfig } from '../k3s/kubeconfig';
import { kubeconfigFile } from '../paths';
import { sshTarget, type Environment, type OwnVm } from './environment';
import { firewallFix, networkTrouble } from './network';
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
  const checks = [...api.filter((check) => !ids.has(check.id)), ...guest];
  // Looked at only where it may be the cause: libvirt and the routes take a moment to ask
  const isSilent = checks.some(({ id, state }) => (id === 'api' || id === 'ssh') && state !== 'ok');
  const network = isSilent ? await troubleOf(env, vm, signal) : undefined;
  return network === undefined ? checks : [network, ...checks];
}

async function troubleOf(env: Environment, vm: OwnVm, signal?: AbortSignal): Promise<HealthCheck | undefined> {
  try {
    return await networkTrouble(env, vm.metadata, signal);
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}

/** Facts that only the guest knows. A guest that cannot be asked leaves them unknown. */
async function guestChecks(env: Environment, vm: OwnVm, signal?: AbortSignal): Promise<readonly HealthCheck[]> {
  const { egressProbe } = env.config;
  const probe = egressProbe !== null && (await hostHasInternet(egressProbe, signal));
  const [host = '', port = ''] = probe ? egressProbe.split(':') : [];
  // The host is its DNS server, unless the network is QEMU's user-mode one
  const asksHost = vm.metadata.network === undefined ? '' : 'yes';
  const sentAt = Date.now();
  try {
    const result = await sshRun(sshTarget(env, vm.metadata), ['sudo', 'sh', '-s', '--', host, port, asksHost], {
      input: healthScript,
      timeoutMs: 20_000,
      signal,
    });
    const facts = guestFacts(result.stdout);
    // The guest read its clock somewhere between our question and its answer.
    const middle = (sentAt + Date.now()) / 2;
    const slack = (Date.now() - sentAt) / 2;
    const skew = Number(facts.clock) * 1000 - middle;
    const exact = Math.abs(skew) <= slack ? 0 : skew - Math.sign(skew) * slack;
    const fix =
      facts.nameserver === 'failed'
        ? await firewallFix(env, vm.metadata, signal ?? new AbortController().signal)
        : undefined;
    return [guestDiskCheck(facts.disk), clockCheck(exact), ...networkChecks(facts, fix)];
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
