/**
 * Every word that the desktop shell shows by itself: tray, notifications, dialogs, menu. The pages have their own.
 */
import type { OperationName, VmState } from '../../preload/api';

const operation: Record<OperationName, string> = {
  setup: 'Setup',
  start: 'Start',
  stop: 'Stop',
  restart: 'Restart',
  reset: 'Deletion',
};

const state: Record<VmState, string> = {
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
};

export const strings = {
  app: 'k3s-vm',
  operation,
  state,
  unhealthy: 'Running (unhealthy)',
  connecting: 'Connecting to libvirt…',
  libvirtLost: 'No connection to libvirt',
  configInvalid: 'Configuration error',
  underway: (name: string, percent: number | undefined): string =>
    percent === undefined ? `${name} in progress…` : `${name} in progress, ${Math.round(percent)}%`,
  stateLine: (name: string, text: string): string => `${name}: ${text}`,

  menu: {
    start: 'Start',
    resume: 'Resume',
    stop: 'Stop',
    suspend: 'Suspend',
    open: 'Open dashboard',
    k9s: 'Open k9s',
    quit: 'Quit',
    edit: 'Edit',
    view: 'View',
  },

  notification: {
    done: {
      setup: 'The cluster is ready',
      start: 'The cluster is up',
      stop: 'The VM is stopped',
      restart: 'The cluster is up again',
      reset: 'The cluster is deleted',
    } satisfies Record<OperationName, string>,
    suspended: 'The VM is suspended',
    failed: (what: string): string => `${what} failed`,
    cancelled: (what: string): string => `${what} cancelled`,
    crashed: 'The VM stopped unexpectedly',
    crashedBody: (name: string): string => `The disk of ${name} is kept. Start it again from the dashboard.`,
  },

  quit: {
    message: (what: string): string => `${what} is still in progress`,
    detail: 'You can safely cancel it. Run it again later to continue.',
    cancelAndQuit: 'Cancel operation and quit',
    stay: 'Don’t quit',
  },

  noTray: {
    title: 'This desktop has no tray',
    body: 'k3s-vm works without one. Closing the window quits the dashboard, and the VM keeps running.',
  },

  crashLoop: {
    title: 'The window keeps crashing',
    body: 'The page crashed twice in a row. Your VM and any running operation are not affected.',
    reload: 'Reload',
  },

  askForProject: {
    title: 'Choose your project folder',
    choose: 'Use this folder',
    unusable: 'This folder cannot be used',
  },

  cannotStart: 'k3s-vm cannot start',
  actionFailed: (what: string): string => `${what} failed`,
  switchTo: (project: string): string => `Switching to ${project}`,
  wrongSender: 'The call did not come from the dashboard’s page.',
  malformedCall: 'The call has no name.',
} as const;
