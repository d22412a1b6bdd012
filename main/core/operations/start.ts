/**
 * start: a VM that was set up comes back, with everything that was in it.
 */
import type { OperationContext } from '../cluster';
import type { WaitFor } from '../config/schema';
import { k3sVmError } from '../errors';
import type { OperationName } from '../progress';
import type { ComingUp, DefinedVm } from './bring-up/guest';
import { kubeconfigStep } from './bring-up/kubeconfig-step';
import { readyStep } from './bring-up/ready-step';
import { startStep } from './bring-up/start-step';
import { idleWatchSteps } from './idle';
import { isRunning, requireVm, type Environment } from './environment';
import { withVmLock } from './locks';
import { requireRealFolders } from './project-files';
import { runSteps, Steps } from './steps';

/**
 * Adds the steps of a start.
 *
 * @param steps those before it
 */
export const startSteps = (
  env: Environment,
  steps: Steps<DefinedVm>,
  { wait = env.config.wait, discardSaved = false }: { readonly wait?: WaitFor; readonly discardSaved?: boolean },
): Steps<ComingUp> =>
  steps.make(startStep(env, { discardSaved })).do(kubeconfigStep(env), readyStep(env, wait), ...idleWatchSteps(env));

/**
 * Starts the VM and waits until the cluster is well.
 *
 * @throws VM_ABSENT, VM_INCOMPLETE when setup never got to its end, and what starting can meet
 */
export async function start(
  env: Environment,
  options: { readonly wait?: WaitFor; readonly discardSaved?: boolean },
  context: OperationContext,
  operation: OperationName = 'start',
): Promise<{ already: boolean }> {
  const { name } = env.config;
  return withVmLock(env.uri, name, operation, async () => {
    const vm = await requireVm(env, context.signal);
    await requireRealFolders(env.config.project);
    if (vm.metadata.phase !== 'provisioned') throw k3sVmError('VM_INCOMPLETE', { name });
    const { facts: domain, metadata } = vm;
    await runSteps(operation, name, startSteps(env, Steps.from({ domain, metadata }), options), context);
    return { already: isRunning(vm) && vm.state.state === 'running' };
  });
}
