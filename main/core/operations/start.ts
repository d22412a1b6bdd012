/**
 * start: a VM that was set up comes back, with everything that was in it.
 */
import type { OperationContext } from '../cluster';
import type { WaitFor } from '../config/schema';
import { k3sVmError } from '../errors';
import type { OperationName } from '../progress';
import { kubeconfigStep, newBringUp, readyStep, startStep, type BringUp } from './bring-up';
import { idleWatchSteps } from './idle';
import { isRunning, requireVm, type Environment } from './environment';
import { withVmLock } from './locks';
import { requireRealFolders } from './project-files';
import { runSteps, type Step } from './steps';

/** The steps of a start, for the VM as it will be when they run. */
export function startSteps(
  env: Environment,
  shared: { current: BringUp | undefined },
  wait: WaitFor | undefined,
  discardSaved = false,
): Step[] {
  return [
    startStep(env, shared, { discardSaved }),
    kubeconfigStep(env, shared),
    readyStep(env, shared, wait ?? env.config.wait),
    ...idleWatchSteps(env),
  ];
}

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
    const shared = { current: newBringUp(vm.facts, vm.metadata) };
    try {
      await runSteps(operation, name, startSteps(env, shared, options.wait, options.discardSaved), context);
    } finally {
      shared.current.ended.abort();
    }
    return { already: isRunning(vm) && vm.state.state === 'running' };
  });
}
