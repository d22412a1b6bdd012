import type { Snapshot, VmState } from '../../preload/api';
import type { Tone } from '../components/Badge';
import { common } from '../strings/common';

export const stateTone: Readonly<Record<VmState, Tone>> = {
  absent: 'none',
  provisioning: 'warn',
  starting: 'busy',
  running: 'good',
  stopping: 'busy',
  stopped: 'none',
  suspended: 'none',
  paused: 'warn',
  crashed: 'bad',
  error: 'bad',
};

/** Whether setup is running, here or in a terminal. A VM that is `provisioning` without it was left half set up. */
export const isSettingUp = ({ operation, vm }: Snapshot): boolean =>
  (operation?.operation ?? vm?.operation?.name) === 'setup';

/** The VM's state as a word and its colour; running but unhealthy is a warning. */
export function vmTone(snapshot: Snapshot | null): { readonly tone: Tone; readonly word: string } {
  const state = snapshot?.vm?.state;
  if (snapshot === null || state === undefined)
    return snapshot?.configError === undefined
      ? { tone: 'none', word: common.unknownState }
      : { tone: 'bad', word: common.configError };
  if ((state === 'absent' || state === 'provisioning') && isSettingUp(snapshot))
    return { tone: 'busy', word: common.settingUp };
  if (state === 'running' && snapshot.health?.healthy === false) return { tone: 'warn', word: common.unhealthy };
  return { tone: stateTone[state], word: common.states[state] };
}
