/**
 * reset: back to nothing.
 */
import { rm } from 'node:fs/promises';
import type { OperationContext } from '../cluster';
import { findVm, projectOf, type Environment } from './environment';
import { withVmLock } from './locks';
import { removeFilesOf } from './project-files';
import { removeVm } from './remove';
import { journalFile, runSteps, Steps } from './steps';

/**
 * Removes the VM, its volumes, its reservation, its logs, its keys, and what its project folder holds of it.
 *
 * @param options.keepBase keep the shared image and payload volumes even if no other VM uses them
 * @returns what was removed, for people
 */
export async function reset(
  env: Environment,
  options: { readonly keepBase?: boolean },
  context: OperationContext,
): Promise<{ removed: readonly string[] }> {
  const { name, project } = env.config;
  const removed: string[] = [];
  await withVmLock(env.uri, name, 'reset', async () => {
    const vm = await findVm(env, context.signal);
    const steps = Steps.from(vm).do({
      id: 'remove',
      title: 'Delete the VM and its disks',
      run: async (work) => {
        removed.push(...(await removeVm(env, options.keepBase === true, work)));
        return removed.length === 0 ? 'there was none' : undefined;
      },
    });
    await runSteps('reset', name, steps, context);
    // Last, and outside the journal that it deletes.
    const files = { name, connection: env.uri, project: vm === undefined ? project : projectOf(env, vm.metadata) };
    removed.push(...(await removeFilesOf(vm === undefined ? files : { ...files, uuid: vm.facts.uuid })));
    await rm(journalFile(name), { force: true });
  });
  return { removed };
}
