import type { ResourceKey } from '../pages/resources/scale';
import { common } from './common';

const list = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

export const resources = {
  intro: 'What the VM may use of this host. Changes are saved in the project’s k3s-vm.yaml.',
  titles: { cpus: 'CPUs', memoryBytes: 'Memory', diskBytes: 'Disk' } satisfies Record<ResourceKey, string>,
  descriptions: {
    cpus: 'Virtual CPUs, shared with the host and its other VMs.',
    memoryBytes: 'Set aside for the VM while it runs.',
    diskBytes: 'Takes up only the space that is written.',
  } satisfies Record<ResourceKey, string>,
  units: { cpus: 'CPUs', memoryBytes: 'GiB', diskBytes: 'GiB' } satisfies Record<ResourceKey, string>,
  amountIn: (title: string, unit: string): string => (title === unit ? title : `${title} in ${unit}`),
  gibibytes: (amount: string): string => `${amount} GiB`,

  // The scale's legend
  now: 'This VM now',
  diskNow: 'Current size',
  host: 'Host total',
  available: 'Available',
  availableInPool: 'Available in the storage pool',
  othersCpus: 'Other running VMs',
  taken: 'Used by others',
  takenOfThatVms: (taken: string, vms: string): string => `${taken} (other VMs: ${vms})`,
  written: 'Used so far',
  unknown: 'unknown',
  onlyGrows: 'It can grow, but not shrink.',

  // Problems with what was typed
  notACount: 'Enter a whole number, for example 4.',
  notAnAmount: 'Enter a number of GiB, for example 6 or 6.5.',
  tooLittle: (least: string): string => `The minimum is ${least}.`,
  tooMuch: (most: string): string => `The maximum is ${most}.`,
  tooSmallDisk: (least: string): string => `A disk cannot shrink. The minimum is ${least}.`,

  // What would come of it
  moreCpusThanHost: (host: number): string =>
    `The host has only ${common.cpus(host)}. More will not make the VM faster, and they slow down the host.`,
  cpusShared: (others: number, host: number): string =>
    `Other running VMs have ${common.cpus(others)}. Together that is more than the host’s ${host}, so the VMs share them when all are busy.`,
  moreMemoryThanFree: (missing: string): string =>
    `This is ${missing} more than is available now. The host may start swapping, or the VM may not start. Close something or stop another VM first.`,
  littleMemory: 'K3s is slow or fails with less than 2 GiB.',
  moreDiskThanFree: (free: string): string =>
    `The storage pool has ${free} available. If the pool fills up, the VM is paused until there is space.`,

  // The bar
  noChanges: 'No changes',
  changeCpus: (from: number, to: number): string => `${from} → ${common.cpus(to)}`,
  changeSize: (title: string, from: string, to: string): string => `${title} ${from} → ${to}`,
  effects: {
    absent: 'Takes effect when the VM is set up.',
    suspended: 'Takes effect when you resume the VM and restart it.',
    otherwise: 'Takes effect at the next start.',
  },
  fixProblems: 'Correct the highlighted value first.',
  undo: 'Discard changes',
  apply: 'Apply',
  applyAndRestart: 'Apply and restart',
  applied: 'Resources saved.',
  appliedRestarting: 'Resources saved. The VM is restarting.',
  bar: 'Changes',

  // What is configured and waits
  pending: 'Waiting for the next start',
  pendingText: (changes: readonly string[]): string => `${list(changes)}: saved, but not in effect yet.`,
  restartNow: 'Restart now',

  // Why nothing can be changed
  underWay: (operation: string, isOurs: boolean): string =>
    `${common.operation(operation)} is running${isOurs ? '' : ' in a terminal'}. You can change resources when it has finished.`,
  showProgress: 'Show progress',
  hostLost: 'The dashboard is disconnected. Changes cannot be saved.',

  noVm: 'There is no VM yet. Setup creates it with these resources.',
} as const;
