/**
 * How the cluster of a running VM is, check by check.
 */
import unitScript from '../../../resources/guest/k3s-unit.sh';
import healthScript from '../../../resources/guest/health.sh';
import type { HealthCheck } from '../cluster';
import { asK3sVmError, regenerateKubeconfig } from '../errors';
import { sshRun } from '../guest/ssh';
import { hostHasInternet } from '../host/internet';
import { createApiClient } from '../k3s/api';
import { apiHealth, clockCheck, guestDiskCheck, guestFacts, networkChecks } from '../k3s/health';
import { explainedByService, k3sServiceCheck } from '../k3s/service';
import { copyState, keptKubeconfig } from '../k3s/kubeconfig-files';
import type { OwnKubeconfig } from '../k3s/kubeconfig';
import { kubeconfigFile } from '../paths';
import { sshTarget, type Environment, type OwnVm } from './environment';
import { firewallFix, networkTrouble } from './network';
import { disabledComponents } from '../k3s/packaged-components';

/** Asks the API and the guest. Never throws for what it finds. */
export async function runningChecks(
  env: Environment,
  vm: OwnVm,
  signal?: AbortSignal,
): Promise<readonly HealthCheck[]> {
  const [api, guest] = await Promise.all([clusterChecks(env, vm, signal), guestChecks(env, vm, signal)]);
  // The guest's own clock is exact where it could be asked; the API's Date header is the fallback.
  const ids = new Set(guest.map((check) => check.id));
  const checks = explainedByService([...api.filter((check) => !ids.has(check.id)), ...guest]);
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
  const [sentAt, startedAt] = [Date.now(), performance.now()];
  try {
    const result = await sshRun(
      sshTarget(env, vm.facts.uuid, vm.metadata),
      ['sudo', 'sh', '-s', '--', host, port, asksHost],
      { input: unitScript + healthScript, timeoutMs: 20_000, signal },
    );
    const facts = guestFacts(result.stdout);
    // The guest read its clock somewhere between our question and its answer.
    const slack = (performance.now() - startedAt) / 2;
    const skew = Number(facts.clock) * 1000 - (sentAt + slack);
    const exact = Math.abs(skew) <= slack ? 0 : skew - Math.sign(skew) * slack;
    const fix =
      facts.nameserver === 'failed'
        ? await firewallFix(env, vm.metadata, signal ?? new AbortController().signal)
        : undefined;
    return [...k3sServiceCheck(facts), guestDiskCheck(facts.disk), clockCheck(exact), ...networkChecks(facts, fix)];
  } catch (error) {
    signal?.throwIfAborted();
    const { message: detail, code, hints } = asK3sVmError(error);
    // Once it is certain that nobody gets in, there is something to do about it
    const fix = code === 'SSH_FAILED' ? undefined : hints.find(({ command }) => command !== undefined);
    return [
      {
        id: 'ssh',
        title: 'Guest shell',
        state: 'warning',
        detail,
        diagnosis: 'Facts from inside the guest are missing.',
        ...(fix === undefined ? {} : { fix }),
      },
    ];
  }
}

async function clusterChecks(env: Environment, vm: OwnVm, signal?: AbortSignal): Promise<readonly HealthCheck[]> {
  let own: OwnKubeconfig | undefined;
  try {
    own = await keptKubeconfig(vm.facts.uuid);
  } catch (error) {
    return [kubeconfigCheck(vm, asK3sVmError(error).message, 'It was changed by hand or by a tool.')];
  }
  if (own === undefined) {
    return [kubeconfigCheck(vm, 'there is none yet', 'Setup did not get that far, or another user created the VM.')];
  }
  const copy = await copyState(env.config.project, own);
  const client = createApiClient(own.access);
  try {
    const disabled = disabledComponents(env.config);
    const { checks } = await apiHealth(client, { level: 'all', disabled, clientCert: own.access.cert, signal });
    return copy === 'foreign' ? [...checks, foreignCopy(env.config.project)] : checks;
  } finally {
    client.close();
  }
}

const kubeconfigCheck = (vm: OwnVm, detail: string, diagnosis: string): HealthCheck => ({
  id: 'kubeconfig',
  title: 'Kubeconfig',
  state: 'failed',
  detail,
  diagnosis,
  fix:
    vm.metadata.phase === 'provisioned' ? regenerateKubeconfig : { text: 'Finish the setup:', command: 'k3s-vm setup' },
});

const foreignCopy = (project: string): HealthCheck => ({
  id: 'kubeconfig',
  title: 'Kubeconfig',
  state: 'warning',
  detail: `k3s-vm did not write ${kubeconfigFile(project)}`,
  diagnosis: 'bin/kubectl and the dashboard do not use this file, but other tools may. It can name a program to run.',
  fix: regenerateKubeconfig,
});
