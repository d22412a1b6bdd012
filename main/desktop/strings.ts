/**
 * Every word that the desktop shell shows by itself: tray, notifications, dialogs, menu. The pages have their own.
 */
import type { OperationName, VmState } from '../../preload/api';

const operation: Record<OperationName, string> = {
  setup: 'Setup',
  start: 'Start',
  stop: 'Stop',
  restart: 'Restart',
  reset: 'Reset',
};

const state: Record<VmState, string> = {
  absent: 'No VM yet',
  provisioning: 'Being set up',
  starting: 'Starting',
  running: 'Running',
  stopping: 'Stopping',
  stopped: 'Stopped',
  saved: 'Hibernated',
  paused: 'Paused',
  crashed: 'Crashed',
  error: 'Error',
};

export const strings = {
  app: 'k3s-vm',
  operation,
  state,
  unhealthy: 'Running, with problems',
  connecting: 'Asking libvirt …',
  libvirtLost: 'libvirt cannot be reached',
  configInvalid: 'The configuration has a problem',
  underway: (name: string, percent: number | undefined): string =>
    `${name} under way${percent === undefined ? '' : `, ${Math.round(percent)} %`} …`,
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
      reset: 'Everything is removed',
    } satisfies Record<OperationName, string>,
    failed: (what: string): string => `${what} failed`,
    cancelled: (what: string): string => `${what} was cancelled`,
    crashed: 'The VM crashed',
    crashedBody: (name: string): string => `${name} stopped by itself. Its disk is kept.`,
  },

  quit: {
    message: (what: string): string => `${what} is still under way`,
    detail:
      'It can be cancelled cleanly: what is half done is wound down first, and running it again goes on from there.',
    cancelAndQuit: 'Cancel operation and quit',
    stay: 'Stay',
  },

  noTray: {
    title: 'This desktop has no tray',
    body: 'k3s-vm works without one. Closing the window quits it; the VM goes on running.',
  },

  crashLoop: {
    title: 'The window keeps failing',
    body: 'The page ended unexpectedly twice in a row. The VM and a running operation are not touched by that.',
    reload: 'Load it again',
  },

  askForProject: {
    title: 'Choose the folder of your project',
    choose: 'Use this folder',
    unusable: 'Not this folder',
  },

  cannotStart: 'k3s-vm cannot start',
  actionFailed: (what: string): string => `${what}: that did not work`,
  turnTo: (project: string): string => `Turning to ${project}`,
  wrongSender: 'The call did not come from the page of the dashboard.',
  malformedCall: 'The call has no name.',
} as const;
