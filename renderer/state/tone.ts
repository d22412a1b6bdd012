import type { Snapshot, VmState } from '../../preload/api';
import type { Tone } from '../components/Badge';
import { common } from '../strings/common';

export const stateTone: Readonly<Record<VmState, Tone>> = {
  absent: 'none',
  provisioning: 'busy',
  starting: 'busy',
  running: 'good',
  stopping: 'busy',
  stopped: 'none',
  saved: 'none',
  paused: 'warn',
  crashed: 'bad',
  error: 'bad',
};

/** The VM's state as a word and its colour; running but unhealthy is a warning. */
export function vmTone(snapshot: Snapshot | null): { readonly tone: Tone; readonly word: string } {
  const state = snapshot?.vm?.state;
  if (state === undefined)
    return { tone: snapshot?.configError === undefined ? 'none' : 'bad', word: common.unknownState };
  if (state === 'running' && snapshot?.health?.healthy === false) return { tone: 'warn', word: common.unhealthy };
  return { tone: stateTone[state], word: common.states[state] };
}
