/**
 * Snapshots for tests.
 */
import type { FinishedOperation, Snapshot, VmInfo, VmState } from '../../preload/api';

export const vm = (state: VmState, more: Partial<VmInfo> = {}): VmInfo => ({
  name: 'k3s-vm-demo',
  connection: 'qemu:///system',
  state,
  ...more,
});

export const snapshot = (more: Partial<Snapshot> = {}): Snapshot => ({
  sequence: 1,
  project: '/home/u/demo',
  name: 'k3s-vm-demo',
  link: { state: 'connected' },
  vm: vm('running'),
  health: null,
  kubeconfig: null,
  stopMode: 'shutdown',
  operation: null,
  lastOperation: null,
  ...more,
});

export const finished = (more: Partial<FinishedOperation> = {}): FinishedOperation => ({
  operation: 'setup',
  startedAt: '2026-01-01T10:00:00Z',
  endedAt: '2026-01-01T10:05:00Z',
  steps: [],
  outcome: 'done',
  ...more,
});
