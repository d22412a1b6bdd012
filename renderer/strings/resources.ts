import type { ResourceKey } from '../pages/resources/scale';

const cpuCount = (count: number): string => (count === 1 ? '1 CPU' : `${count} CPUs`);

const list = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

export const resources = {
  intro: 'What the VM may use of this host. Saved to the project’s k3s-vm.yaml.',
  titles: { cpus: 'CPUs', memoryBytes: 'Memory', diskBytes: 'Disk' } satisfies Record<ResourceKey, string>,
  descriptions: {
    cpus: 'Virtual CPUs, shared with the host and its other VMs.',
    memoryBytes: 'Set aside for the guest while it runs.',
    diskBytes: 'Takes up only what is written to it.',
  } satisfies Record<ResourceKey, string>,
  units: { cpus: 'CPUs', memoryBytes: 'GiB', diskBytes: 'GiB' } satisfies Record<ResourceKey, string>,
  amountIn: (title: string, unit: string): string => (title === unit ? title : `${title} in ${unit}`),
  cpuCount,

  // The scale's legend
  now: 'This VM now',
  diskNow: 'Size now',
  host: 'Host',
  freeCpus: 'Not given to other VMs',
  freeMemory: 'Free for this VM',
  freePool: 'Free in the storage pool',
  othersCpus: 'Other running VMs',
  taken: 'In use by others',
  takenOfThatVms: (taken: string, vms: string): string => `${taken}, other VMs have ${vms}`,
  written: 'Written so far',
  unknown: 'not known',
  onlyGrows: 'It only grows: a disk cannot be made smaller again.',

  // Problems with what was typed
  notACount: 'Write a whole number, for example 4.',
  notAnAmount: 'Write a number of GiB, for example 6 or 6.5.',
  tooLittle: (least: string): string => `The least is ${least}.`,
  tooMuch: (most: string): string => `The most is ${most}.`,
  tooSmallDisk: (least: string): string => `A disk only grows: the least is ${least}.`,

  // What would come of it
  moreCpusThanHost: (host: number): string =>
    `The host has only ${cpuCount(host)}: with more, the VM does not get faster, and the host gets slower.`,
  cpusShared: (others: number, host: number): string =>
    `Other running VMs have ${cpuCount(others)}: together that is more than the host’s ${host}. When all are busy, they take turns.`,
  moreMemoryThanFree: (missing: string): string =>
    `${missing} more than is free now. If it is no more at the start, the host swaps and everything gets slow, or the VM does not start. Close something or stop another VM first.`,
  littleMemory: 'K3s is slow or fails with less than 2 GiB.',
  moreDiskThanFree: (free: string): string =>
    `The storage pool has ${free} free. The VM works until that is written; then it is paused until there is room.`,

  fixedBy: (where: string): string =>
    `Fixed by ${where} for as long as this dashboard runs. Start the dashboard without it to change the value here.`,

  // The bar
  noChanges: 'No changes',
  changeCpus: (from: number, to: number): string => `${from} → ${cpuCount(to)}`,
  changeSize: (title: string, from: string, to: string): string => `${title} ${from} → ${to}`,
  effects: {
    absent: 'Used when the VM is set up.',
    saved: 'Takes effect at a restart after the saved VM was started.',
    otherwise: 'Takes effect at the next start.',
  },
  fixProblems: 'Correct the marked value first.',
  undo: 'Undo changes',
  apply: 'Apply',
  applyAndRestart: 'Apply and restart',
  applied: 'Resources saved.',
  appliedRestarting: 'Resources saved. The VM restarts.',
  bar: 'Changes',

  // What is configured and waits
  pending: 'Waiting for the next start',
  pendingText: (changes: readonly string[]): string => `${list(changes)}: saved, and not in the VM yet.`,
  restartNow: 'Restart now',

  // Why nothing can be changed
  underWay: (operation: string, isOurs: boolean): string =>
    `${operation.charAt(0).toUpperCase()}${operation.slice(1)} is under way${isOurs ? '' : ' in a terminal'}. Resources can be changed once it ends.`,
  showProgress: 'Show progress',
  hostLost: 'The dashboard is not connected; nothing can be saved.',

  noVm: 'There is no VM yet. Setup makes one with these amounts.',
  toOverview: 'Go to Overview',
} as const;
