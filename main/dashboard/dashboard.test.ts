import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { streamWindow, type CallName, type Push, type Snapshot } from '../../preload/api';
import { k3sVmError } from '../core/errors';
import { fakeCore, fakeVm, type FakeCore } from './fake-core';
import { createDashboard, type Dashboard, type DashboardSession } from './index';

let home: string;
let project: string;
let core: FakeCore;
let dashboard: Dashboard;
let session: DashboardSession;
let pushes: Push[];

beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'k3s-vm-dashboard-')));
  project = realpathSync(mkdtempSync(join(tmpdir(), 'k3s-vm-project-')));
  core = fakeCore({ HOME: home });
  open('desktop');
});
afterEach(async () => {
  await close();
  for (const folder of [home, project]) rmSync(folder, { recursive: true });
});

function open(host: 'desktop' | 'web', more: Readonly<Record<string, string>> = {}): void {
  const env = { HOME: home, ...more };
  dashboard = createDashboard({ host, project, version: '1', bin: '/opt/bin', tray: false, env }, core);
  pushes = [];
  session = dashboard.connect((push) => pushes.push(push));
}
async function close(): Promise<void> {
  session.close();
  await dashboard.close();
}

const snapshot = (): Snapshot => dashboard.snapshot();
const state = (wanted: string): Promise<void> => vi.waitFor(() => expect(snapshot().vm?.state).toBe(wanted));
async function failure(name: CallName, input: unknown): Promise<string> {
  const answer = await session.call(name, input);
  if (answer.ok) throw new Error('it did not fail');
  return answer.error.code;
}

describe('the picture', () => {
  it('is there before libvirt was asked', () => {
    expect(snapshot()).toMatchObject({ project, link: { state: 'connecting' }, vm: null });
  });

  it('follows an event at once, with its health', async () => {
    await state('running');
    await vi.waitFor(() => expect(snapshot().health).toMatchObject({ healthy: true }));
    core.vm = fakeVm('stopped', { project });
    core.event();
    await state('stopped');
    expect(snapshot().health).toBeNull();
  });

  it('keeps what was known while libvirt is gone, and says so', async () => {
    await state('running');
    core.vm = k3sVmError('DAEMON_NOT_RUNNING', { uri: 'qemu:///system' } as never);
    core.event();
    await vi.waitFor(() =>
      expect(snapshot().link).toMatchObject({ state: 'lost', error: { code: 'DAEMON_NOT_RUNNING' } }),
    );
    expect(snapshot()).toMatchObject({ vm: { state: 'running' }, health: null });
    core.vm = fakeVm('absent');
    await vi.waitFor(
      () => expect(snapshot()).toMatchObject({ link: { state: 'connected' }, vm: { state: 'absent' } }),
      6000,
    );
  });

  it('says why the configuration cannot be loaded, and takes it back', async () => {
    await state('running');
    core.configError = k3sVmError('CONFIG_INVALID', { where: 'k3s-vm.yaml', problems: ['cpus: is no number'] });
    core.touchConfig();
    await session.call('snapshot.refresh', null);
    expect(snapshot()).toMatchObject({ configError: { code: 'CONFIG_INVALID' }, vm: null });
    expect(await failure('fix.run', { fixId: 'set-clock' })).toBe('CONFIG_INVALID');
    core.configError = undefined;
    core.touchConfig();
    await session.call('snapshot.refresh', null);
    expect(snapshot().configError).toBeUndefined();
    expect(snapshot().vm?.state).toBe('running');
  });

  it('names the project in every command, and our wrappers', async () => {
    await state('running');
    core.vm = k3sVmError('DAEMON_NOT_RUNNING', { uri: 'qemu:///session' });
    core.event();
    await vi.waitFor(() => expect(snapshot().link.state).toBe('lost'));
    const { link } = snapshot();
    const hints = link.state === 'lost' ? link.error.hints : [];
    expect(hints.at(-1)?.command).toBe(`/opt/bin/k3s-vm --project ${project} doctor`);
    const told = pushes.findLast(({ name }) => name === 'snapshot');
    expect(JSON.stringify(told)).toContain(`/opt/bin/k3s-vm --project ${project} doctor`);
    const answer = await session.call('operation.run', { operation: 'reset', confirm: 'no' });
    expect(JSON.stringify(answer)).toContain(`/opt/bin/k3s-vm --project ${project} --help`);
  });

  it('rises in number with every change, and is told to every window', async () => {
    await state('running');
    const told = pushes.flatMap((push) => (push.name === 'snapshot' ? [push.payload.sequence] : []));
    expect(told.length).toBeGreaterThan(0);
    expect(told).toEqual([...told].sort((a, b) => a - b));
  });
});

describe('operations', () => {
  const event = { operation: 'stop', step: 's', title: 'S', index: 1, total: 1, elapsedMs: 0 } as const;

  it('run one at a time, with their steps in the picture', async () => {
    await state('running');
    let finish = (): void => undefined;
    core.work = async (_operation, { emit }) => {
      emit({ ...event, state: 'started' });
      await new Promise<void>((resolve) => (finish = resolve));
      emit({ ...event, state: 'done' });
    };
    expect(await session.call('operation.run', { operation: 'stop', mode: 'save' })).toEqual({ ok: true, value: null });
    await vi.waitFor(() => expect(snapshot().operation?.steps).toMatchObject([{ state: 'started' }]));
    expect(core.calls).toEqual(['stop {"force":false} {"stopMode":"save"}']);
    expect(await failure('operation.run', { operation: 'start' })).toBe('BUSY');
    expect(await failure('projects.select', { project: home })).toBe('USAGE');
    finish();
    await vi.waitFor(() =>
      expect(snapshot().lastOperation).toMatchObject({ outcome: 'done', steps: [{ state: 'done' }] }),
    );
    expect(snapshot().operation).toBeNull();
    await session.call('operation.dismiss', null);
    expect(snapshot().lastOperation).toBeNull();
  });

  it('tell how they failed, and that they were cancelled', async () => {
    await state('running');
    core.work = () => Promise.reject(k3sVmError('BOOT_TIMEOUT', { seconds: 1 } as never));
    await session.call('operation.run', { operation: 'start' });
    await vi.waitFor(() =>
      expect(snapshot().lastOperation).toMatchObject({ outcome: 'failed', error: { code: 'BOOT_TIMEOUT' } }),
    );
    core.work = (_operation, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    await session.call('operation.run', { operation: 'setup' });
    await vi.waitFor(() => expect(snapshot().operation).not.toBeNull());
    await vi.waitFor(() => expect(core.calls.at(-1)).toContain('setup'));
    await session.call('operation.cancel', null);
    await vi.waitFor(() => expect(snapshot().lastOperation).toMatchObject({ outcome: 'cancelled' }));
  });

  it('reset only what is named', async () => {
    await state('running');
    expect(await failure('operation.run', { operation: 'reset', confirm: 'yes' })).toBe('USAGE');
    expect(core.calls).toEqual([]);
    await session.call('operation.run', { operation: 'reset', confirm: snapshot().name });
    await vi.waitFor(() => expect(core.calls).toEqual(['reset {}']));
  });
});

describe('calls', () => {
  it('refuse what is not in the contract', async () => {
    expect(await failure('no.such.call' as CallName, null)).toBe('USAGE');
    expect(await failure('constructor' as CallName, null)).toBe('USAGE');
    expect(await failure('operation.run', { operation: 'rm -rf' })).toBe('USAGE');
    expect(await failure('settings.set', { key: 'cpus', text: '4', scope: '/etc/passwd' })).toBe('USAGE');
    expect(await failure('fix.run', { fixId: 'constructor' })).toBe('USAGE');
  });

  it('check, change and unset settings in the project file', async () => {
    expect(await session.call('settings.check', { key: 'cpus', text: 'x' })).toMatchObject({
      ok: true,
      value: { problem: expect.any(String) },
    });
    expect(await session.call('settings.check', { key: 'cpus', text: '4' })).toEqual({
      ok: true,
      value: { problem: null },
    });
    const set = await session.call('settings.set', { key: 'cpus', text: '4', scope: 'project' });
    expect(set).toMatchObject({ ok: true });
    if (set.ok)
      expect(set.value.find(({ key }) => key === 'cpus')).toMatchObject({ value: '4', source: { kind: 'project' } });
    await session.call('settings.unset', { key: 'cpus', scope: 'project' });
    expect(readFileSync(join(project, 'k3s-vm.yaml'), 'utf8')).not.toContain('cpus');
  });

  it.each([
    ['terminal', '/tmp/x.sh'],
    ['connection', 'qemu+ext:///system?command=./x.sh'],
    ['connection', 'qemu+ssh://elsewhere/system'],
    ['sources.images', 'https://evil.example'],
    ['sources.k3sReleases', 'https://evil.example'],
    ['sources.k3sChannels', 'https://evil.example'],
    ['sources.k3sInstall', 'https://evil.example'],
    ['sources.k3sVm', 'https://evil.example'],
  ])('do not set %s to %s in either file', async (key, text) => {
    for (const scope of ['project', 'user'] as const) {
      const answer = await session.call('settings.set', { key, text, scope });
      expect(answer).toMatchObject({ ok: false, error: { code: 'CONFIG_INVALID' } });
      if (!answer.ok) expect(answer.error.hints[0]?.command).toContain(`config set --user ${key} `);
    }
    expect(await session.call('settings.check', { key, text })).toMatchObject({
      value: { problem: expect.stringContaining('cannot be changed in the dashboard') },
    });
    for (const file of [join(project, 'k3s-vm.yaml'), join(home, '.config/k3s-vm/config.yaml')]) {
      expect(existsSync(file) ? readFileSync(file, 'utf8') : '').not.toContain(text);
    }
  });

  it('leave alone what the user set that only the user can, and choose between the local connections', async () => {
    expect(await failure('settings.unset', { key: 'terminal', scope: 'user' })).toBe('CONFIG_INVALID');
    const set = await session.call('settings.set', { key: 'connection', text: 'session', scope: 'project' });
    expect(set).toMatchObject({ ok: true });
    const got = await session.call('settings.get', null);
    if (!got.ok) throw new Error(got.error.message);
    const readOnly = got.value.entries.filter(({ setBy }) => setBy !== undefined);
    const locked = readOnly.map(({ key }) => key);
    expect(locked).toEqual([
      'terminal',
      ...['images', 'k3sReleases', 'k3sChannels', 'k3sInstall', 'k3sVm'].map((key) => `sources.${key}`),
    ]);
    // Complete, as every command that a front end shows
    for (const { setBy } of readOnly) expect(setBy?.command).toMatch(/^\S+k3s-vm .*--project /);
  });

  it('tell resources, and write only what changed', async () => {
    await state('running');
    const answer = await session.call('resources.get', null);
    if (!answer.ok) throw new Error(answer.error.message);
    const { configured } = answer.value;
    expect(answer.value).toMatchObject({
      actual: { cpus: 2 },
      pending: [],
      limits: { diskBytes: { min: 20 * 2 ** 30 } },
    });
    const applied = await session.call('resources.apply', { ...configured, memoryBytes: 6 * 2 ** 30, restart: false });
    expect(applied).toMatchObject({ ok: true, value: { pending: ['memoryBytes'] } });
    const file = readFileSync(join(project, 'k3s-vm.yaml'), 'utf8');
    expect(file).toContain('memory: 6GiB');
    expect(file).not.toContain('cpus');
    expect(core.calls).toEqual([]);
  });

  it('keep preferences, and an entry for the start at login', async () => {
    await session.call('app.setPreferences', { theme: 'dark', startAtLogin: true });
    expect(await session.call('app.preferences', null)).toEqual({
      ok: true,
      value: { theme: 'dark', startAtLogin: true },
    });
    const entry = join(home, '.config/autostart/k3s-vm.desktop');
    expect(readFileSync(entry, 'utf8')).toContain('Exec="/opt/bin/k3s-vm" "dashboard" "--hidden"');
    await close();
    open('desktop', { K3S_VM_PROGRAM: '/run/current-system/sw/bin/k3s-vm' });
    await session.call('app.setPreferences', { startAtLogin: true });
    expect(readFileSync(entry, 'utf8')).toContain('Exec="/run/current-system/sw/bin/k3s-vm" "dashboard" "--hidden"');
    await close();
    // An AppImage has a new folder at each start
    open('desktop', { APPIMAGE: '/home/me/k3s-vm.AppImage', APPDIR: '/opt' });
    await session.call('app.setPreferences', { startAtLogin: true });
    expect(readFileSync(entry, 'utf8')).toContain('Exec="/home/me/k3s-vm.AppImage" "--hidden"');
    await close();
    open('desktop', { APPIMAGE: '/home/me/terminal.AppImage', APPDIR: '/tmp/.mount_terminal' });
    await session.call('app.setPreferences', { startAtLogin: true });
    expect(readFileSync(entry, 'utf8')).toContain('Exec="/opt/bin/k3s-vm" "dashboard" "--hidden"');
    writeFileSync(join(home, '.config/k3s-vm/dashboard.json'), '{"theme": 7');
    await session.call('app.setPreferences', { startAtLogin: false });
    expect(await session.call('app.preferences', null)).toEqual({
      ok: true,
      value: { theme: 'system', startAtLogin: false },
    });
  });

  it('do not start a web form at login', async () => {
    await close();
    open('web');
    expect(await failure('app.setPreferences', { theme: 'dark', startAtLogin: true })).toBe('USAGE');
    expect(await session.call('app.preferences', null)).toMatchObject({ value: { theme: 'system' } });
  });
});

describe('streams', () => {
  const batches = () => pushes.flatMap((push) => (push.name === 'stream' ? [push.payload] : []));
  const received = (): number => batches().reduce((sum, { items }) => sum + items.length, 0);

  it('go no further ahead of the window than allowed, and end', async () => {
    await state('running');
    core.lines = Array.from({ length: streamWindow + 1500 }, (_, index) => `line ${index}`);
    const opened = await session.call('logs.open', { source: 'k3s', lines: 10 });
    if (!opened.ok) throw new Error(opened.error.message);
    const { stream } = opened.value;
    await vi.waitFor(() => expect(received()).toBe(streamWindow));
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(received()).toBe(streamWindow);
    await session.call('stream.ack', { stream, items: streamWindow });
    await vi.waitFor(() => expect(batches().at(-1)?.end).toEqual({}));
    expect(received()).toBe(streamWindow + 1500);
    expect(
      batches()
        .flatMap(({ items }) => items)
        .at(-1),
    ).toEqual({ text: `line ${streamWindow + 1499}` });
  });

  it('end with an error whose commands are complete', async () => {
    await state('running');
    core.lines = Object.assign([], {
      [Symbol.iterator]: () => {
        throw k3sVmError('VM_NOT_RUNNING', { name: 'x', state: 'stopped' });
      },
    });
    await session.call('logs.open', { source: 'k3s', lines: 10 });
    await vi.waitFor(() => expect(batches().at(-1)?.end?.error?.code).toBe('VM_NOT_RUNNING'));
    const commands =
      batches()
        .at(-1)
        ?.end?.error?.hints.flatMap(({ command }) => command ?? []) ?? [];
    expect(commands.length).toBeGreaterThan(0);
    for (const command of commands) expect(command).toMatch(/^\S+\/k3s-vm --project /);
  });

  it('say nothing more once they are closed', async () => {
    await state('running');
    core.lines = Array.from({ length: streamWindow + 1 }, () => 'x');
    const opened = await session.call('logs.open', { source: 'k3s', lines: 10 });
    if (!opened.ok) throw new Error(opened.error.message);
    await vi.waitFor(() => expect(received()).toBe(streamWindow));
    await session.call('stream.close', { stream: opened.value.stream });
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(received()).toBe(streamWindow);
    expect(batches().at(-1)?.end).toBeUndefined();
  });
});
