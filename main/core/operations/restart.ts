/**
 * restart: stop and start as one operation, so that nothing comes between.
 */
import type { OperationContext } from '../cluster';
import type { WaitFor } from '../config/schema';
import { k3sVmError } from '../errors';
import type { DefinedVm } from './bring-up/guest';
import { startStep } from './bring-up/start-step';
import { requireVm, type Environment } from './environment';
import { withVmLock } from './locks';
import { requireRealFolders } from './project-files';
import { startSteps } from './start';
import { runSteps, Steps } from './steps';
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
    const { facts: domain, metadata } = vm;
    const begin = Steps.from<DefinedVm>({ domain, metadata });
    // A suspended guest is resumed first, so that its programs can shut down cleanly
    const resumed: Steps<DefinedVm> = vm.hasManagedSave ? begin.make(startStep(env)) : begin;
    const steps = startSteps(env, resumed.do(stopStep(env, options.force === true)), options);
    await runSteps('restart', name, steps, context);
  });
}
