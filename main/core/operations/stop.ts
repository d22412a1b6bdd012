/**
 * stop: the guest shuts itself down, or is saved to disk; only `force` cuts its power.
 */
import type { OperationContext } from '../cluster';
import { k3sVmError } from '../errors';
import { destroyDomain, setMetadata, shutdownDomain, waitUntilOff } from '../libvirt/domains';
import { isRunning, requireVm, type Environment } from './environment';
import { withVmLock } from './locks';
import { saveStep } from './save';
import { runSteps, Steps, type Step } from './steps';

/** Shuts down within the configured time, and notes since when the VM is off. */
export function stopStep(env: Environment, force: boolean): Step {
  const { name, stopTimeoutMs } = env.config;
  return {
    id: 'stop',
    title: force ? 'Cut the power' : 'Shut the guest down',
    run: async ({ signal, report }) => {
      const vm = await requireVm(env, signal);
      if (!isRunning(vm)) return { skip: vm.hasManagedSave ? 'it is saved' : 'it is off' };
      if (force) {
        await destroyDomain(env.virsh, vm.facts, signal);
      } else {
        // A paused guest hears no power button.
        if (vm.state.state === 'paused') await env.virsh.run(['resume', vm.facts.uuid], { signal });
        const stoppingId = vm.facts.id ?? '';
        await setMetadata(env.virsh, vm.facts, { ...vm.metadata, stoppingId }, true, signal);
        await shutdownDomain(env.virsh, vm.facts, signal);
        report({ message: 'waiting for the guest' });
        if (!(await waitUntilOff(env.virsh, vm.facts, stopTimeoutMs, signal))) {
          throw k3sVmError('STOP_TIMEOUT', { name, seconds: Math.round(stopTimeoutMs / 1000) });
        }
      }
      const { sinceId: _since, stoppingId: _stopping, ...metadata } = vm.metadata;
      await setMetadata(env.virsh, vm.facts, { ...metadata, since: new Date().toISOString() }, false, signal);
    },
  };
}

/**
 * Stops the VM.
 *
 * @throws VM_ABSENT; STOP_TIMEOUT when the guest does not react; SAVE_SPACE
 */
export async function stop(
  env: Environment,
  options: { readonly force?: boolean },
  context: OperationContext,
): Promise<{ already: boolean }> {
  const { name } = env.config;
  return withVmLock(env.uri, name, 'stop', async () => {
    const vm = await requireVm(env, context.signal);
    const force = options.force === true;
    const save = env.config.stopMode === 'save' && !force;
    // A guest in its first boot has nothing worth keeping, and a saved one could not be finished by setup.
    const step = save && vm.metadata.phase === 'provisioned' ? saveStep(env) : stopStep(env, force);
    await runSteps('stop', name, Steps.from(vm).do(step), context);
    return { already: !isRunning(vm) };
  });
}
