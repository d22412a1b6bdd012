/**
 * setup: from nothing, or from wherever an earlier one stopped, to a cluster that answers.
 *
 * The definition comes first: it says which volumes are the VM's, and which shared ones it needs, before they are made. A
 * VM that was defined but never became ready, and whose guest is off, broke off before or in the middle of cloud-init:
 * it holds no user data and is created again.
 */
import type { OperationContext } from '../cluster';
import { requireUsableName } from '../config/naming';
import type { WaitFor } from '../config/schema';
import { isK3sVmError, type ErrorCode } from '../errors';
import { hasKeys } from '../guest/identity';
import { bootStep } from './bring-up/boot-step';
import { goldenStep } from './bring-up/golden-step';
import type { DefinedVm } from './bring-up/guest';
import { kubeconfigStep } from './bring-up/kubeconfig-step';
import { readyStep } from './bring-up/ready-step';
import { startStep, type StartOptions } from './bring-up/start-step';
import { redefine } from './definition';
import { findVm, isRunning, requireVm, type Environment, type OwnVm } from './environment';
import { distrustGolden, findGolden } from './golden';
import { idleWatchSteps } from './idle';
import { withVmLock } from './locks';
import { createStep, imageStep, k3sStep, preflightStep, recipeOf } from './make-vm';
import { adopt } from './ownership';
import { requireRealFolders } from './project-files';
import { runSteps, Steps } from './steps';

/** Once a guest was silent under KVM, its domain is defined again without. */
const withoutKvm =
  (env: Environment): NonNullable<StartOptions['withoutKvm']> =>
  async (metadata, signal) =>
    redefine(env, await requireVm(env, signal), { acceleration: 'tcg', metadata }, signal);

/** Where an earlier setup left the VM. */
type Stage = 'fresh' | 'booting' | 'complete';

/** @returns `fresh` also for what has to be made anew: nothing of a user's can be on it */
async function stageOf(env: Environment, vm: OwnVm | undefined): Promise<Stage> {
  if (vm?.metadata.phase === 'provisioned') return 'complete';
  if (vm?.metadata.phase !== 'created' || !isRunning(vm)) return 'fresh';
  // The settings changed since the unfinished setup; the guest would keep the old ones
  if (vm.metadata.recipe !== recipeOf(env.config)) return 'fresh';
  // It was created from a golden image that turned out to be damaged, so it will not come up
  const { goldenVolume, pool } = vm.metadata;
  if (goldenVolume !== undefined && (await findGolden(env.virsh, pool, goldenVolume)) === undefined) return 'fresh';
  // Without the keys that its seed names, nobody can log in to the guest
  return (await hasKeys(vm.facts.uuid, vm.facts.name)) ? 'booting' : 'fresh';
}

/**
 * Errors of a guest that can mean a damaged golden image, and whether setup creates the VM again at once. After a
 * timeout it does not, because the time of this setup is used up.
 */
const brokenGround: { readonly [C in ErrorCode]?: 'again' | 'next time' } = {
  DISK_CORRUPT: 'again',
  VM_CRASHED: 'again',
  CLOUD_INIT_FAILED: 'again',
  BOOT_TIMEOUT: 'next time',
  GUEST_HUNG: 'next time',
};

/**
 * Sets a cluster up. A guest that does not come up from a golden image is made again without.
 *
 * @returns whether there was nothing to do
 * @throws any error of the catalogue; what was made stays for the next setup to finish or for reset to remove
 */
export async function setup(
  env: Environment,
  options: { readonly wait?: WaitFor },
  context: OperationContext,
): Promise<{ already: boolean }> {
  const { name } = env.config;
  return withVmLock(env.uri, name, 'setup', async () => {
    await requireRealFolders(env.config.project);
    try {
      return await bringAbout(env, options, context);
    } catch (error) {
      context.signal.throwIfAborted();
      const remedy = isK3sVmError(error) ? brokenGround[error.code as ErrorCode] : undefined;
      if (remedy === undefined) throw error;
      const metadata = (await findVm(env, context.signal))?.metadata;
      if (metadata?.phase !== 'created' || metadata.goldenVolume === undefined) throw error;
      await distrustGolden(env.virsh, metadata.pool, metadata.goldenVolume, context.signal);
      if (remedy === 'next time') throw error;
      return bringAbout(env, options, context, true);
    }
  });
}

/** @param anew delete whatever there is of the VM first */
async function bringAbout(
  env: Environment,
  options: { readonly wait?: WaitFor },
  context: OperationContext,
  anew = false,
): Promise<{ already: boolean }> {
  const { name, acceleration } = env.config;
  const found = await findVm(env, context.signal);
  const vm = found && { ...found, metadata: await adopt(env, found, context.signal) };
  const stage = anew ? 'fresh' : await stageOf(env, vm);
  if (stage === 'fresh') requireUsableName(name);
  const made: Steps<DefinedVm> =
    vm !== undefined && stage !== 'fresh'
      ? Steps.from({ domain: vm.facts, metadata: vm.metadata })
      : Steps.from(undefined)
          .make(preflightStep(env))
          .make(imageStep(env))
          .make(k3sStep(env))
          .make(createStep(env, vm));
  // On a VM that was complete, KVM has worked
  const started = made.make(
    startStep(env, acceleration === 'auto' && stage !== 'complete' ? { withoutKvm: withoutKvm(env) } : {}),
  );
  const booted = stage === 'complete' ? started : started.do(bootStep(env), goldenStep(env));
  const ready = booted.do(kubeconfigStep(env), readyStep(env, options.wait ?? env.config.wait));
  await runSteps('setup', name, ready.do(...idleWatchSteps(env)), context);
  return { already: stage === 'complete' && vm?.state.state === 'running' };
}
