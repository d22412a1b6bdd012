/**
 * What can be done with the VM as it is now. CLI and core decide the same by libvirt's state; here it only enables buttons.
 */
import type { Snapshot } from '../../../preload/api';

export interface Actions {
  /** `boot`: the VM is stopped. `resume`: it is suspended or paused. null: there is nothing to start. */
  readonly start: 'boot' | 'resume' | 'finish-setup' | null;
  readonly stop: boolean;
  readonly force: boolean;
  readonly restart: boolean;
  readonly reset: boolean;
}

const none: Actions = { start: null, stop: false, force: false, restart: false, reset: false };

export function actionsOf(snapshot: Snapshot | null): Actions {
  const vm = snapshot?.vm;
  if (snapshot === null || vm === undefined || vm === null) return none;
  const busy = snapshot.operation !== null || vm.operation !== undefined;
  if (busy || snapshot.link.state !== 'connected') return none;
  switch (vm.state) {
    case 'absent':
      return none;
    case 'running':
      return { start: null, stop: true, force: true, restart: true, reset: true };
    case 'stopped':
    case 'crashed':
      return { start: 'boot', stop: false, force: false, restart: false, reset: true };
    case 'saved':
      return { start: 'resume', stop: false, force: false, restart: false, reset: true };
    case 'paused':
      return { start: 'resume', stop: false, force: true, restart: false, reset: true };
    case 'provisioning':
      return { start: 'finish-setup', stop: false, force: true, restart: false, reset: true };
    case 'starting':
    case 'stopping':
      return { start: null, stop: false, force: true, restart: false, reset: true };
    case 'error':
      return { start: 'boot', stop: false, force: true, restart: false, reset: true };
  }
}
