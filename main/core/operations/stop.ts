/**
 * stop: the guest shuts down, or is suspended to disk. Only `force` does not ask the guest.
 */
import type { OperationContext } from '../cluster';
import { k3sVmError } from '../errors';
import { destroyDomain, setMetadata, shutdownDomain, waitUntilOff, wakeDomain } from '../libvirt/domains';
import { isRunning, requireVm, type Environment } from './environment';
import { withVmLock } from './locks';
import { saveStep } from './save';
import { runSteps, Steps, type Step } from './steps';

/**
 * Shuts the guest down within the configured time, and notes since when the VM is stopped.
 *
 * @param force ends the VM without asking the guest
 */
export function stopStep(env: Environment, force: boolean): Step {
  const { name, stopTimeoutMs } = env.config;
  return {
    id: 'stop',
    title: force ? 'Force stop the VM' : 'Stop the VM',
    run: async ({ signal, report }) => {
      const vm = await requireVm(env, signal);
      if (!isRunning(vm)) return { skip: vm.hasManagedSave ? 'it is suspended' : 'it is stopped' };
      if (force) {
        await destroyDomain(env.virsh, vm.facts, signal);
      } else {
        // A paused or sleeping guest does not react to the power button
        await wakeDomain(env.virsh, vm.facts, vm.state, signal);
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
 * Stops the VM, or suspends it where the setting stopMode says so.
 *
 * @param options.force ends it without asking the guest, whatever stopMode says
 * @returns `already`: it was not running
 * @throws VM_ABSENT; STOP_TIMEOUT when the guest does not shut down in time; SAVE_SPACE; BUSY
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
    // A VM whose setup is incomplete is shut down: setup could not finish one that is suspended
    const step = save && vm.metadata.phase === 'provisioned' ? saveStep(env) : stopStep(env, force);
    await runSteps('stop', name, Steps.from(vm).do(step), context);
    return { already: !isRunning(vm) };
  });
}
