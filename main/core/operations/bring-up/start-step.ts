import { deadlineIn } from '../../deadline';
import { readConsole } from '../../libvirt/console';
import {
  destroyDomain,
  lookAtDomain,
  setMetadata,
  waitUntilOff,
  wakeDomain,
  type DomainView,
} from '../../libvirt/domains';
import { dropSaved } from '../../libvirt/managed-save';
import type { VmMetadata } from '../../libvirt/metadata';
import type { WorkContext } from '../../progress';
import { applyConfiguration } from '../definition';
import { isRunning, requireVm, type Environment } from '../environment';
import { prepareNetwork } from '../network';
import type { MakingStep } from '../steps';
import { startClock } from './clock';
import type { ComingUp, DefinedVm } from './guest';
import { requireWayIn } from './kept-kubeconfig';
import { powerOn, resumeSaved } from './power';
import { showsLife } from './silent-kvm';

export interface StartOptions {
  /** Boot even if the VM is suspended. */
  readonly discardSaved?: boolean;
  /** Defines the domain again without KVM; undefined where KVM is known to work or was demanded. */
  readonly withoutKvm?: (metadata: VmMetadata, signal: AbortSignal) => Promise<VmMetadata>;
}

/** The step that starts the domain, whatever state it is in. */
export function startStep(env: Environment, options: StartOptions = {}): MakingStep<DefinedVm, ComingUp> {
  return {
    id: 'start',
    title: 'Start the VM',
    run: async (work, { domain, metadata }) => {
      const { signal } = work;
      await requireWayIn(env, { domain, metadata });
      const view = await lookAtDomain(env.virsh, domain.uuid, signal);
      const guest: ComingUp = {
        domain,
        metadata,
        deadline: deadlineIn(env.config.timeoutMs),
        resumed: false,
        underWay: false,
        wasReset: false,
      };
      if (view !== undefined && (await wakeDomain(env.virsh, domain, view.state, signal))) {
        guest.resumed = true;
        startClock(env, guest, signal);
        return { made: guest, message: 'resumed' };
      }
      if (view !== undefined && isRunning(view) && !(await shutsDown(env, view, guest, work))) {
        guest.underWay = true;
        return { made: guest, skip: 'it is already running' };
      }
      if (view?.hasManagedSave === true) {
        if (options.discardSaved !== true) return { made: guest, message: await resume(env, guest, work) };
        await dropSaved(env.virsh, domain, signal);
      }
      const isKvm = view?.facts.acceleration === 'kvm';
      return { made: guest, message: await boot(env, guest, isKvm ? options.withoutKvm : undefined, work) };
    },
  };
}

const told = (notes: readonly (string | undefined)[]): string | undefined =>
  notes.filter((note) => note !== undefined).join('; ') || undefined;

/** Resumes a VM that was suspended. @returns what to tell */
async function resume(env: Environment, guest: ComingUp, work: WorkContext): Promise<string | undefined> {
  const vm = await requireVm(env, work.signal);
  const prepared = { domain: guest.domain, metadata: vm.metadata };
  const { notes } = await prepareNetwork(env, prepared, 'start', { resumes: true }, work);
  const { metadata, restored, note } = await resumeSaved(env, vm, work.signal);
  guest.metadata = metadata;
  guest.resumed = restored;
  return told([...notes, note]);
}

/**
 * Boots a stopped VM, with the settings as they are now.
 *
 * @param withoutKvm see StartOptions
 * @returns what to tell
 */
async function boot(
  env: Environment,
  guest: ComingUp,
  withoutKvm: StartOptions['withoutKvm'],
  work: WorkContext,
): Promise<string | undefined> {
  const { signal, report } = work;
  const network = await prepareNetwork(env, guest, 'start', { resumes: false }, work);
  guest.metadata = network.metadata;
  const changes = told([...network.notes, await configure(env, guest, signal)]);
  const offset = withoutKvm ? (await readConsole(env.virsh, env.config.name, 0, signal)).length : 0;
  guest.metadata = (await powerOn(env, guest.domain, guest.metadata, signal)).metadata;
  if (withoutKvm === undefined) return changes;
  report({ message: 'waiting for the guest to show activity' });
  if (await showsLife(env, offset, signal)) return changes;
  report({ message: 'the guest hangs under KVM; starting it again without KVM' });
  await destroyDomain(env.virsh, guest.domain, signal);
  guest.metadata = await withoutKvm(guest.metadata, signal);
  guest.metadata = (await powerOn(env, guest.domain, guest.metadata, signal)).metadata;
  return 'without KVM, which hangs on this machine: expect everything to take several times longer';
}

/**
 * Whether a running guest is on its way down, because an earlier stop asked it to and did not wait long enough. Waits
 * until it is off; one that keeps running did not react to the power button.
 */
async function shutsDown(
  env: Environment,
  view: DomainView,
  guest: ComingUp,
  { signal, report }: WorkContext,
): Promise<boolean> {
  const { stoppingId, ...metadata } = view.facts.metadata ?? guest.metadata;
  if (stoppingId === undefined || stoppingId !== view.facts.id) return false;
  report({ message: 'waiting for the guest, which is still shutting down' });
  const isOff = await waitUntilOff(env.virsh, guest.domain, env.config.stopTimeoutMs, signal);
  guest.metadata = metadata;
  await setMetadata(env.virsh, guest.domain, metadata, !isOff, signal);
  return isOff;
}

/** A VM that was set up takes on what the configuration asks for now. @returns what changed, for people */
async function configure(env: Environment, guest: ComingUp, signal: AbortSignal): Promise<string | undefined> {
  if (guest.metadata.phase !== 'provisioned') return undefined;
  const { metadata, changes } = await applyConfiguration(env, await requireVm(env, signal), signal);
  guest.metadata = metadata;
  return changes.length > 0 ? `now with ${changes.join(', ')}` : undefined;
}
