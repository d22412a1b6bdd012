import { expect, test } from 'vitest';
import type { ErrorData, Snapshot, VmState } from '../../preload/api';
import { trayPicture, type TrayIcon } from './tray-picture';
import { snapshot, vm } from './snapshots.fixture';

const error: ErrorData = { code: 'LIBVIRT', message: 'no', hints: [], exitStatus: 1 };
const lost = { state: 'lost', error, since: '2026-01-01T10:00:00Z' } as const;

const enabled = (of: Snapshot): readonly string[] =>
  trayPicture(of).items.flatMap((item) => (item.kind === 'action' && item.enabled ? [item.action] : []));

test('the menu, whole', () => {
  expect(trayPicture(snapshot())).toEqual({
    icon: 'running',
    tooltip: 'k3s-vm-demo: Running',
    items: [
      { kind: 'state', label: 'k3s-vm-demo: Running' },
      { kind: 'separator' },
      { kind: 'action', action: 'start', label: 'Start', enabled: false },
      { kind: 'action', action: 'stop', label: 'Stop', enabled: true },
      { kind: 'action', action: 'suspend', label: 'Suspend', enabled: true },
      { kind: 'separator' },
      { kind: 'action', action: 'open', label: 'Open dashboard', enabled: true },
      { kind: 'action', action: 'k9s', label: 'Open k9s', enabled: true },
      { kind: 'separator' },
      { kind: 'action', action: 'quit', label: 'Quit', enabled: true },
    ],
  });
});

test.each<[VmState, TrayIcon, string, readonly string[]]>([
  ['absent', 'absent', 'No VM yet', ['open', 'quit']],
  ['provisioning', 'busy', 'Being set up', ['open', 'quit']],
  ['starting', 'busy', 'Starting', ['open', 'quit']],
  ['running', 'running', 'Running', ['stop', 'suspend', 'open', 'k9s', 'quit']],
  ['stopping', 'busy', 'Stopping', ['open', 'quit']],
  ['stopped', 'stopped', 'Stopped', ['start', 'open', 'quit']],
  ['saved', 'saved', 'Hibernated', ['start', 'open', 'quit']],
  ['paused', 'stopped', 'Paused', ['start', 'open', 'quit']],
  ['crashed', 'error', 'Crashed', ['start', 'open', 'quit']],
  ['error', 'error', 'Error', ['start', 'open', 'quit']],
])('%s', (state, icon, text, actions) => {
  const of = snapshot({ vm: vm(state) });
  expect(trayPicture(of)).toMatchObject({ icon, tooltip: `k3s-vm-demo: ${text}` });
  expect(enabled(of)).toEqual(actions);
});

test('a hibernated VM is resumed, not started', () => {
  expect(trayPicture(snapshot({ vm: vm('saved') })).items).toContainEqual(
    expect.objectContaining({ action: 'start', label: 'Resume' }),
  );
});

const health = (healthy: boolean | null) => ({ healthy, checks: [], checkedAt: '2026-01-01T10:00:00Z' });

test.each<[string, Partial<Snapshot>, TrayIcon, string]>([
  ['unhealthy', { health: health(false) }, 'unhealthy', 'Running, with problems'],
  ['healthy', { health: health(true) }, 'running', 'Running'],
  ['not known yet', { vm: null, link: { state: 'connecting' } }, 'unknown', 'Asking libvirt …'],
  ['libvirt lost', { link: lost }, 'unknown', 'libvirt cannot be reached'],
  ['configuration broken', { vm: null, configError: error }, 'error', 'The configuration has a problem'],
  [
    "a terminal's operation",
    { vm: vm('stopped', { operation: { name: 'start', pid: 7, since: '' } }) },
    'busy',
    'Start under way …',
  ],
  [
    'an unknown operation',
    { vm: vm('stopped', { operation: { name: 'frobnicate', pid: 7, since: '' } }) },
    'busy',
    'frobnicate under way …',
  ],
])('%s', (_, more, icon, text) => {
  expect(trayPicture(snapshot(more))).toMatchObject({ icon, tooltip: `k3s-vm-demo: ${text}` });
});

test('while libvirt is lost or an operation runs, nothing can be started or stopped', () => {
  expect(enabled(snapshot({ link: lost }))).toEqual(['open', 'quit']);
  expect(enabled(snapshot({ vm: vm('stopped', { operation: { name: 'start', pid: 7, since: '' } }) }))).toEqual([
    'open',
    'quit',
  ]);
});

test('an operation of ours shows how far it is', () => {
  const step = { operation: 'setup', step: 's', title: 'S', total: 4, elapsedMs: 0 } as const;
  const running = (steps: NonNullable<Snapshot['operation']>['steps']) =>
    trayPicture(
      snapshot({ operation: { operation: 'setup', startedAt: '2026-01-01T10:00:00Z', steps, cancelling: false } }),
    );
  expect(running([])).toMatchObject({ icon: 'busy', tooltip: 'k3s-vm-demo: Setup under way …' });
  expect(running([{ ...step, index: 2, state: 'done' }]).tooltip).toBe('k3s-vm-demo: Setup under way, 50 % …');
  expect(running([{ ...step, index: 2, state: 'progress', percent: 40 }]).tooltip).toBe(
    'k3s-vm-demo: Setup under way, 35 % …',
  );
});
