/**
 * What is worth a notification between one snapshot and the next.
 */
import { isSuspend } from '../core/progress';
import type { FinishedOperation, Page, Snapshot } from '../../preload/api';
import { strings } from './strings';

export interface Notice {
  readonly title: string;
  readonly body: string;
  /** Where a click leads. */
  readonly page: Page;
  /** Not shown while the window has the focus, as the window shows it too. */
  readonly unlessFocused: boolean;
}

/** The notification for a change, or null. The first snapshot of a project never causes one. */
export function noticeOf(previous: Snapshot | null, next: Snapshot): Notice | null {
  if (previous === null || previous.project !== next.project || previous.name !== next.name) return null;
  const ended = next.lastOperation;
  if (ended !== null && ended.endedAt !== previous.lastOperation?.endedAt) return ofOperation(next.name, ended);
  const crashed = next.vm?.state === 'crashed' && previous.vm !== null && previous.vm.state !== 'crashed';
  if (crashed)
    return {
      title: strings.notification.crashed,
      body: strings.notification.crashedBody(next.name),
      page: 'overview',
      unlessFocused: false,
    };
  return null;
}

function ofOperation(name: string, ended: FinishedOperation): Notice {
  const what = strings.operation[ended.operation];
  const { done, suspended, failed, cancelled } = strings.notification;
  const titles = {
    done: isSuspend(ended.steps) ? suspended : done[ended.operation],
    failed: failed(what),
    cancelled: cancelled(what),
  };
  const [reason] = (ended.error?.message ?? '').split('\n');
  return {
    title: titles[ended.outcome],
    body: ended.outcome === 'failed' && reason ? `${name}: ${reason}` : name,
    page: 'overview',
    unlessFocused: true,
  };
}
