/**
 * reset: back to nothing.
 */
import type { OperationContext } from '../cluster';
import type { Environment } from './environment';
import { withVmLock } from './locks';
import { removeProjectFiles, removeVm } from './remove';
import { runSteps } from './steps';

/**
 * Removes the VM, its volumes, its reservation, its logs, and what the project folder holds of it.
 *
 * @param options.keepBase keep the shared image and payload volumes even if no other VM stands on them
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
    const steps = [
      {
        id: 'remove',
        title: 'Remove the VM',
        run: async (work: Parameters<typeof removeVm>[2]) => {
          removed.push(...(await removeVm(env, options.keepBase === true, work)));
          return removed.length === 0 ? 'there was none' : undefined;
        },
      },
    ];
    await runSteps('reset', name, steps, context);
    // Last, and outside the journal that it deletes.
    removed.push(...(await removeProjectFiles(project, name)));
  });
  return { removed };
}
