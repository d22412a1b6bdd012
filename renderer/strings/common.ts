/**
 * The words that several parts of the dashboard use. Each page has its own file beside this one.
 */
import type { Page, ProgressEvent, VmState } from '../../preload/api';

export const common = {
  product: 'k3s-vm',
  cancel: 'Cancel',
  close: 'Close',
  copy: 'Copy',
  copied: 'Copied',
  copyCommand: 'Copy the command',
  notCopied: 'The browser did not allow copying. Select the text and copy it.',
  fix: 'Fix',
  fixOf: (what: string): string => `Fix: ${what}`,
  fixed: (what: string): string => `Done: ${what}`,
  cause: 'What the tools said',
  tryAgain: 'Try again',
  loading: 'Loading …',
  notification: 'Notification',
  typeToConfirm: 'To go on, type',
  skipToContent: 'Skip to the page',
  navigation: 'Pages',
  steps: 'Steps',
  amountOf: (done: string, total: string): string => `${done} of ${total}`,
  stepsToCome: (count: number): string => (count === 1 ? '1 more step' : `${count} more steps`),
  stepStates: {
    started: 'running',
    progress: 'running',
    done: 'done',
    skipped: 'nothing to do',
    failed: 'failed',
  } satisfies Record<ProgressEvent['state'], string>,
  pages: {
    overview: 'Overview',
    resources: 'Resources',
    workloads: 'Workloads',
    logs: 'Logs',
    diagnostics: 'Diagnostics',
    settings: 'Settings',
  } satisfies Record<Page, string>,
  /** A VM's state in one word. */
  states: {
    absent: 'No VM',
    provisioning: 'Setting up',
    starting: 'Starting',
    running: 'Running',
    stopping: 'Stopping',
    stopped: 'Stopped',
    saved: 'Saved',
    paused: 'Paused',
    crashed: 'Crashed',
    error: 'Error',
  } satisfies Record<VmState, string>,
  unhealthy: 'Running, not healthy',
  unknownState: 'Looking …',
} as const;
