/**
 * status: what libvirt says, and how the cluster is.
 */
import type { Status, VmInfo } from '../cluster';
import { hasProjectCopy } from '../k3s/kubeconfig-files';
import { kubeconfigFile } from '../paths';
import { findVm, isRunning, type Environment } from './environment';
import { absentVm, vmInfo } from './observe';

/** What libvirt says of the project's VM. */
export async function observe(env: Environment, signal?: AbortSignal): Promise<VmInfo> {
  const vm = await findVm(env, signal);
  return vm === undefined ? absentVm(env.config.name, env.uri) : vmInfo(vm, env.uri);
}

/**
 * The whole status. Never throws for an unhealthy cluster; throws when libvirt cannot be asked.
 *
 * @throws DAEMON_NOT_RUNNING, PERMISSION_DENIED, FOREIGN_DOMAIN …
 */
export async function status(env: Environment, signal?: AbortSignal): Promise<Status> {
  const { project } = env.config;
  const exists = await hasProjectCopy(project);
  const kubeconfig = { path: kubeconfigFile(project), exists };
  const common = {
    schemaVersion: 1 as const,
    ...(env.refusal === undefined ? {} : { systemRefusal: env.refusal }),
    kubeconfig,
  };
  const vm = await findVm(env, signal);
  if (vm === undefined) {
    return { ...common, vm: absentVm(env.config.name, env.uri), healthy: null, checks: [] };
  }
  const info = vmInfo(vm, env.uri);
  if (!isRunning(vm)) return { ...common, vm: info, healthy: null, checks: [] };

  // Loaded for a running VM only: it takes longer than asking libvirt
  const { runningChecks } = await import('./running-checks');
  const checks = await runningChecks(env, vm, signal);
  const healthy =
    info.state === 'running' && checks.every((check) => check.state === 'ok' || check.state === 'warning');
  return { ...common, vm: info, healthy, checks };
}
