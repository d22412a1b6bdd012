/**
 * restart: stop and start as one operation, so that nothing comes between.
 */
import type { OperationContext } from '../cluster';
import type { WaitFor } from '../config/schema';
import { k3sVmError } from '../errors';
import { newBringUp, startStep } from './bring-up';
import { requireVm, type Environment } from './environment';
import { withVmLock } from './locks';
import { requireRealFolders } from './project-files';
import { startSteps } from './start';
import { runSteps } from './steps';
import { stopStep } from './stop';

/** @throws VM_ABSENT, VM_INCOMPLETE, STOP_TIMEOUT, and what starting can meet */
export async function restart(
  env: Environment,
  options: { readonly wait?: WaitFor; readonly force?: boolean },
  context: OperationContext,
): Promise<void> {
  const { name } = env.config;
  await withVmLock(env.uri, name, 'restart', async () => {
    const vm = await requireVm(env, context.signal);
    await requireRealFolders(env.config.project);
    if (vm.metadata.phase !== 'provisioned') throw k3sVmError('VM_INCOMPLETE', { name });
    const shared = { current: newBringUp(vm.facts, vm.metadata) };
    try {
      const steps = [
        // A saved guest goes on first, so that its programs are asked to end.
        ...(vm.hasManagedSave ? [startStep(env, shared)] : []),
        stopStep(env, options.force === true),
        ...startSteps(env, shared, options.wait),
      ];
      await runSteps('restart', name, steps, context);
    } finally {
      shared.current.ended.abort();
    }
  });
}
