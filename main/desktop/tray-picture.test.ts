import { expect, test } from 'vitest';
import type { ErrorData, Snapshot, VmState } from '../../preload/api';
import { trayPicture, type TrayIcon } from './tray-picture';
import { snapshot, vm } from './snapshots.fixture';
import { strings } from './strings';

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

test.each<[VmState, TrayIcon, readonly string[]]>([
  ['absent', 'absent', ['open', 'quit']],
  ['provisioning', 'busy', ['open', 'quit']],
  ['starting', 'busy', ['open', 'quit']],
  ['running', 'running', ['stop', 'suspend', 'open', 'k9s', 'quit']],
  ['stopping', 'busy', ['open', 'quit']],
  ['stopped', 'stopped', ['start', 'open', 'quit']],
  ['suspended', 'suspended', ['start', 'open', 'quit']],
  ['paused', 'stopped', ['start', 'open', 'quit']],
  ['crashed', 'error', ['start', 'open', 'quit']],
  ['error', 'error', ['start', 'open', 'quit']],
])('%s', (state, icon, actions) => {
  const of = snapshot({ vm: vm(state) });
  expect(trayPicture(of)).toMatchObject({ icon, tooltip: `k3s-vm-demo: ${strings.state[state]}` });
  expect(enabled(of)).toEqual(actions);
});

test('a suspended VM is resumed, not started', () => {
  expect(trayPicture(snapshot({ vm: vm('suspended') })).items).toContainEqual(
    expect.objectContaining({ action: 'start', label: 'Resume' }),
  );
});

const health = (healthy: boolean | null) => ({ healthy, checks: [], checkedAt: '2026-01-01T10:00:00Z' });

test.each<[string, Partial<Snapshot>, TrayIcon, string]>([
  ['unhealthy', { health: health(false) }, 'unhealthy', strings.unhealthy],
  ['healthy', { health: health(true) }, 'running', 'Running'],
  ['not known yet', { vm: null, link: { state: 'connecting' } }, 'unknown', strings.connecting],
  ['libvirt lost', { link: lost }, 'unknown', strings.libvirtLost],
  ['configuration broken', { vm: null, configError: error }, 'error', strings.configInvalid],
  [
    "a terminal's operation",
    { vm: vm('stopped', { operation: { name: 'start', pid: 7, since: '' } }) },
    'busy',
    strings.underway('Start', undefined),
  ],
  [
    'an unknown operation',
    { vm: vm('stopped', { operation: { name: 'frobnicate', pid: 7, since: '' } }) },
    'busy',
    strings.underway('frobnicate', undefined),
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
  expect(running([])).toMatchObject({ icon: 'busy', tooltip: 'k3s-vm-demo: Setup in progress…' });
  expect(running([{ ...step, index: 2, state: 'done' }]).tooltip).toBe('k3s-vm-demo: Setup in progress, 50%');
  expect(running([{ ...step, index: 2, state: 'progress', percent: 40 }]).tooltip).toBe(
    'k3s-vm-demo: Setup in progress, 35%',
  );
});
