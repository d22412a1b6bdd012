/**
 * What may be done with a VM as it is now: the one table that the command line's advice, the window's buttons and the tray's
 * menu ask. Pure, as the window loads it too.
 */
import type { VmInfo, VmState } from './cluster';

export interface Actions {
  /** `boot`: from stopped. `resume`: from suspension or a pause. null: there is nothing to start. */
  readonly start: 'boot' | 'resume' | 'finish-setup' | null;
  /** Shutting the guest down. */
  readonly stop: boolean;
  /** Saving the running guest to disk. */
  readonly suspend: boolean;
  /** Force stop. */
  readonly force: boolean;
  readonly restart: boolean;
  /** Deleting the VM with its disks. */
  readonly reset: boolean;
}

const none: Actions = { start: null, stop: false, suspend: false, force: false, restart: false, reset: false };
const deletable: Actions = { ...none, reset: true };
/** The guest does not respond, or not yet: it can only be force stopped. */
const deaf: Actions = { ...deletable, force: true };

const byState: Readonly<Record<VmState, Actions>> = {
  absent: none,
  provisioning: { ...deaf, start: 'finish-setup' },
  starting: deaf,
  running: { ...deaf, stop: true, suspend: true, restart: true },
  stopping: deaf,
  stopped: { ...deletable, start: 'boot' },
  suspended: { ...deletable, start: 'resume' },
  paused: { ...deaf, start: 'resume' },
  crashed: { ...deletable, start: 'boot' },
  error: { ...deaf, start: 'boot' },
};

/** What is known of a VM and of what is done to it. */
export interface Seen {
  /** null: not known yet. */
  readonly vm: Pick<VmInfo, 'state' | 'operation'> | null;
  /** The operation that the asking program runs itself, if any. */
  readonly operation?: object | null;
  /** Whether libvirt can be asked; connected where it is left out. */
  readonly link?: { readonly state: string };
}

/** What may be done now. Nothing while an operation runs, here or elsewhere, and while libvirt cannot be reached. */
export function actionsOf({ vm, operation = null, link }: Seen): Actions {
  const isBusy = operation !== null || vm?.operation !== undefined;
  if (vm === null || isBusy || (link !== undefined && link.state !== 'connected')) return none;
  return byState[vm.state];
}
