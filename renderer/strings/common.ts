/**
 * The words that several parts of the dashboard use. Each page has its own file beside this one.
 */
import type { OperationName, Page, ProgressEvent, VmState } from '../../preload/api';

const operations: Readonly<Record<OperationName, string>> = {
  setup: 'Setup',
  start: 'Start',
  stop: 'Stop',
  restart: 'Restart',
  reset: 'Deletion',
};

const checks = (count: number): string => (count === 1 ? '1 check' : `${count} checks`);

export const common = {
  product: 'k3s-vm',
  cancel: 'Cancel',
  close: 'Close',
  copy: 'Copy',
  copied: 'Copied',
  copyCommand: 'Copy command',
  notCopied: 'The browser blocked copying. Select the text and copy it yourself.',
  fix: 'Fix',
  fixOf: (what: string): string => `Fix: ${what}`,
  fixed: (what: string): string => `Done: ${what}`,
  cause: 'Cause:',
  tryAgain: 'Try again',
  checkAgain: 'Check again',
  checkedAgo: (age: string): string => `Checked ${age} ago`,
  loading: 'Loading…',
  notification: 'Notification',
  typeToConfirm: 'To confirm, type',
  skipToContent: 'Skip to main content',
  navigation: 'Main',
  toOverview: 'Go to Overview',
  steps: 'Steps',
  amountOf: (done: string, total: string): string => `${done} of ${total}`,
  perSecond: (amount: string): string => `${amount}/s`,
  cpus: (count: number): string => (count === 1 ? '1 CPU' : `${count} CPUs`),
  checks,
  allPassed: (count: number): string => `${count === 1 ? '' : 'All '}${checks(count)} passed`,
  warnings: (count: number): string => (count === 1 ? '1 warning' : `${count} warnings`),
  problems: (count: number): string => (count === 1 ? '1 problem' : `${count} problems`),
  stepsToCome: (count: number): string => (count === 1 ? '1 more step' : `${count} more steps`),
  stepStates: {
    started: 'running',
    progress: 'running',
    done: 'done',
    skipped: 'skipped',
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
  /** A VM's state in a word or two. */
  states: {
    absent: 'No VM',
    provisioning: 'Setup incomplete',
    starting: 'Starting',
    running: 'Running',
    stopping: 'Stopping',
    stopped: 'Stopped',
    suspended: 'Suspended',
    paused: 'Paused',
    crashed: 'Crashed',
    error: 'Error',
  } satisfies Record<VmState, string>,
  settingUp: 'Setting up',
  unhealthy: 'Running (unhealthy)',
  unknownState: 'Checking…',
  configError: 'Configuration error',
  /** An operation as a noun. @param name of any version's operation: a terminal may run another one */
  operation: (name: string): string => (operations as Readonly<Record<string, string>>)[name] ?? name,
  /** A flag or variable outranks the files. */
  fixedBy: (where: string): string =>
    `Set by ${where}, which overrides the files. To change it here, restart the dashboard without it.`,
} as const;
