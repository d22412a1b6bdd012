// @vitest-environment jsdom
import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { streamWindow, type ErrorData, type LogLine, type VmInfo } from '../../../preload/api';
import type { FakeBridge, FakeOptions } from '../../dev/fake-bridge';
import { usePage } from '../../dev/open-page';
import { useStore } from '../../state/store';
import { common, logs as strings } from '../../strings';
import LogsPage from './LogsPage';

const openPage = usePage(<LogsPage />);
beforeEach(() => {
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
});

function open(options: FakeOptions = {}): Promise<FakeBridge> {
  let streams = 0;
  return openPage({
    ...options,
    answers: { 'logs.open': () => ({ stream: `s${(streams += 1)}` }), ...options.answers },
  });
}
const tell = (bridge: FakeBridge, stream: string, texts: readonly string[], more: object = {}): void =>
  act(() =>
    bridge.push({ name: 'stream', payload: { stream, items: texts.map((text): LogLine => ({ text })), ...more } }),
  );
const opened = (bridge: FakeBridge, times: number): Promise<void> =>
  waitFor(() => expect(bridge.calls.filter(({ name }) => name === 'logs.open')).toHaveLength(times));
const theVm = (): VmInfo => {
  const { vm } = useStore.getState().snapshot ?? {};
  if (!vm) throw new Error('the scenario has no VM');
  return vm;
};
const sshFailed: ErrorData = { code: 'SSH_FAILED', message: 'The guest does not answer.', hints: [], exitStatus: 1 };
const acks = (bridge: FakeBridge): unknown[] =>
  bridge.calls.filter(({ name }) => name === 'stream.ack').map(({ input }) => input);

describe('the logs page', () => {
  it('shows lines as they come, and acknowledges them', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    tell(bridge, 's1', ['level=info one', 'level=error two']);
    expect(await screen.findByText('level=error two')).toBeTruthy();
    await waitFor(() => expect(acks(bridge)).toEqual([{ stream: 's1', items: 2 }]));
  });

  it('filters by level, and says where nothing is left', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    tell(bridge, 's1', ['level=info one']);
    await screen.findByText('level=info one');
    await userEvent.click(screen.getByRole('radio', { name: strings.atLeast.error }));
    await userEvent.click(await screen.findByRole('button', { name: strings.showAll }));
    expect(await screen.findByText('level=info one')).toBeTruthy();
  });

  it('takes no more while it is paused, and everything after it', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    tell(bridge, 's1', ['one']);
    await screen.findByText('one');
    await userEvent.click(screen.getByRole('button', { name: strings.pause }));
    tell(bridge, 's1', ['two', 'three']);
    expect(await screen.findByText(strings.waiting(2, false))).toBeTruthy();
    expect(screen.queryByText('two')).toBeNull();
    expect(acks(bridge)).toEqual([{ stream: 's1', items: 1 }]);
    await userEvent.click(screen.getByRole('button', { name: strings.resume }));
    expect(await screen.findByText('three')).toBeTruthy();
    await waitFor(() => expect(acks(bridge)).toContainEqual({ stream: 's1', items: 3 }));
  });

  it('says what was left out, and why a log broke off', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    tell(bridge, 's1', ['one'], { dropped: 12 });
    expect(await screen.findByText(strings.dropped(12))).toBeTruthy();
    tell(bridge, 's1', [], { end: { error: sshFailed } });
    const alert = await screen.findByRole('alert');
    expect(within(alert).getByText('The guest does not answer.')).toBeTruthy();
    expect(screen.getByText('one')).toBeTruthy();
    await userEvent.click(within(alert).getByRole('button', { name: common.tryAgain }));
    await opened(bridge, 2);
  });

  it('opens the log anew when its host is back, without showing lines twice', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    tell(bridge, 's1', ['one']);
    await screen.findByText('one');
    act(() => {
      bridge.link(false);
      bridge.link(true);
    });
    await opened(bridge, 2);
    tell(bridge, 's1', ['of before']);
    tell(bridge, 's2', ['one', 'two']);
    await screen.findByText('two');
    expect(screen.getAllByText('one')).toHaveLength(1);
    expect(screen.queryByText('of before')).toBeNull();
  });

  it('keeps what it has when the VM stops, and opens anew when it is back', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    tell(bridge, 's1', ['one']);
    await screen.findByText('one');
    const vm = theVm();
    act(() => bridge.change({ vm: { ...vm, state: 'stopped' } }));
    expect(await screen.findByText(strings.stopped)).toBeTruthy();
    expect(screen.getByText('one')).toBeTruthy();
    act(() => bridge.change({ vm: { ...vm, state: 'starting' } }));
    await opened(bridge, 2);
  });

  it('has another log to offer where there is no guest to ask', async () => {
    const bridge = await open({ scenario: 'stopped' });
    await userEvent.click(await screen.findByRole('button', { name: strings.readConsole }));
    await opened(bridge, 1);
    expect(bridge.calls.find(({ name }) => name === 'logs.open')?.input).toMatchObject({ source: 'console' });
  });

  it('says that there is no VM', async () => {
    await open({ scenario: 'absent' });
    expect(await screen.findByText(strings.absent)).toBeTruthy();
  });

  it('says that as much waits as can be told', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    tell(bridge, 's1', ['one']);
    await screen.findByText('one');
    await userEvent.click(screen.getByRole('button', { name: strings.pause }));
    tell(bridge, 's1', Array<string>(streamWindow).fill('more'));
    expect(await screen.findByText(strings.waiting(streamWindow, true))).toBeTruthy();
  });

  it('gives what waited though the VM stopped meanwhile', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    tell(bridge, 's1', ['one']);
    await screen.findByText('one');
    await userEvent.click(screen.getByRole('button', { name: strings.pause }));
    tell(bridge, 's1', ['held back']);
    act(() => bridge.change({ vm: { ...theVm(), state: 'stopped' } }));
    await userEvent.click(screen.getByRole('button', { name: strings.resume }));
    expect(await screen.findByText('held back')).toBeTruthy();
    expect(screen.getByText(strings.stopped)).toBeTruthy();
  });

  it('never shows the lines of one log as those of another', async () => {
    const bridge = await open({ scenario: 'stopped' });
    await userEvent.click(await screen.findByRole('radio', { name: strings.sources.operations }));
    await opened(bridge, 1);
    tell(bridge, 's1', ['of an operation']);
    await screen.findByText('of an operation');
    await userEvent.click(screen.getByRole('radio', { name: strings.sources.k3s }));
    expect(await screen.findByText(strings.off)).toBeTruthy();
    expect(screen.queryByText('of an operation')).toBeNull();
  });

  it('never shows the lines of one project as those of another', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    tell(bridge, 's1', ['of the shop']);
    await screen.findByText('of the shop');
    await userEvent.click(screen.getByRole('button', { name: strings.pause }));
    tell(bridge, 's1', ['of the shop, held back']);
    act(() => bridge.change({ project: '/home/ada/src/blog', vm: { ...theVm(), state: 'stopped' } }));
    expect(await screen.findByText(strings.off)).toBeTruthy();
    expect(screen.queryByText(/of the shop/)).toBeNull();
    expect(screen.queryByText(/Paused/)).toBeNull();
  });

  it('opens a log that ended anew when the VM is back, though it was never seen off', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    act(() => bridge.change({ vm: { ...theVm(), state: 'stopping' } }));
    tell(bridge, 's1', ['last words'], { end: {} });
    expect(await screen.findByText(strings.ended)).toBeTruthy();
    act(() => bridge.change({ vm: { ...theVm(), state: 'starting' } }));
    await opened(bridge, 2);
  });

  it('opens a log once when the VM was seen off', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    tell(bridge, 's1', ['last words'], { end: {} });
    await screen.findByText('last words');
    act(() => bridge.change({ vm: { ...theVm(), state: 'stopped' } }));
    act(() => bridge.change({ vm: { ...theVm(), state: 'running' } }));
    await opened(bridge, 2);
    tell(bridge, 's2', ['back again']);
    await screen.findByText('back again');
    await opened(bridge, 2);
  });

  it('opens a log that ended by itself again on request', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    tell(bridge, 's1', ['one'], { end: {} });
    await userEvent.click(await screen.findByRole('button', { name: strings.openAgain }));
    await opened(bridge, 2);
  });

  it('says why a log cannot be opened, and tries again', async () => {
    let fails = true;
    const bridge = await open({
      answers: {
        'logs.open': () => {
          if (fails) throw Object.assign(new Error(), { data: sshFailed });
          return { stream: 's1' };
        },
      },
    });
    const alert = await screen.findByRole('alert');
    expect(within(alert).getByText('The guest does not answer.')).toBeTruthy();
    fails = false;
    await userEvent.click(within(alert).getByRole('button', { name: common.tryAgain }));
    await opened(bridge, 2);
    tell(bridge, 's1', ['one']);
    expect(await screen.findByText('one')).toBeTruthy();
  });

  it('says what is wrong with the configuration', async () => {
    const bridge = await open({ scenario: 'stopped' });
    const configError: ErrorData = { code: 'CONFIG_INVALID', message: 'memory: not a size', hints: [], exitStatus: 2 };
    act(() => bridge.change({ vm: null, configError }));
    expect(await screen.findByText('memory: not a size')).toBeTruthy();
  });

  it('says that the host is gone, and keeps what it had', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    tell(bridge, 's1', ['one']);
    await screen.findByText('one');
    act(() => bridge.link(false));
    expect(await screen.findByText(strings.disconnected)).toBeTruthy();
    expect(screen.getByText('one')).toBeTruthy();
  });

  it('tells what was cleared from what never was', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    tell(bridge, 's1', []);
    expect(await screen.findByText(strings.nothingYet)).toBeTruthy();
    tell(bridge, 's1', ['one']);
    await screen.findByText('one');
    await userEvent.click(screen.getByRole('button', { name: strings.clear }));
    expect(await screen.findByText(strings.cleared)).toBeTruthy();
    tell(bridge, 's1', ['two']);
    expect(await screen.findByText('two')).toBeTruthy();
  });

  it('searches, and steps through the finds by key', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    tell(bridge, 's1', ['a pod', 'a node', 'another pod']);
    await screen.findByText('a node');
    await userEvent.keyboard('{Control>}f{/Control}');
    await userEvent.keyboard('POD');
    expect(await screen.findByText(strings.finds(0, 2))).toBeTruthy();
    await userEvent.keyboard('{Enter}');
    expect(await screen.findByText(strings.finds(1, 2))).toBeTruthy();
    await userEvent.keyboard('{Enter}');
    expect(await screen.findByText(strings.finds(2, 2))).toBeTruthy();
    await userEvent.keyboard('{Shift>}{Enter}{/Shift}');
    expect(await screen.findByText(strings.finds(1, 2))).toBeTruthy();
    await userEvent.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByText(/of 2/)).toBeNull());
  });
});
