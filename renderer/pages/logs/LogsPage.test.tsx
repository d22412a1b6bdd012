// @vitest-environment jsdom
import { act, cleanup, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Tooltip } from 'radix-ui';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LogLine } from '../../../preload/api';
import { fakeBridge, type FakeBridge, type FakeOptions } from '../../dev/fake-bridge';
import { connect, useStore } from '../../state/store';
import LogsPage from './LogsPage';

// jsdom lays nothing out: the virtual list would see no room for a line
beforeEach(() => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(600);
  vi.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(900);
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
});
let disconnect: () => void;
afterEach(() => {
  cleanup();
  disconnect();
  useStore.setState(useStore.getInitialState());
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

async function open(options: FakeOptions = {}): Promise<FakeBridge> {
  let streams = 0;
  const bridge = fakeBridge({
    ...options,
    answers: { 'logs.open': () => ({ stream: `s${(streams += 1)}` }), ...options.answers },
  });
  disconnect = connect(bridge);
  await waitFor(() => expect(useStore.getState().snapshot).not.toBeNull());
  render(
    <Tooltip.Provider>
      <LogsPage />
    </Tooltip.Provider>,
  );
  return bridge;
}
const tell = (bridge: FakeBridge, stream: string, texts: readonly string[], more: object = {}): void =>
  act(() =>
    bridge.push({ name: 'stream', payload: { stream, items: texts.map((text): LogLine => ({ text })), ...more } }),
  );
const opened = (bridge: FakeBridge, times: number): Promise<void> =>
  waitFor(() => expect(bridge.calls.filter(({ name }) => name === 'logs.open')).toHaveLength(times));
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
    await userEvent.click(screen.getByRole('radio', { name: 'Errors' }));
    await userEvent.click(await screen.findByRole('button', { name: 'Show all lines' }));
    expect(await screen.findByText('level=info one')).toBeTruthy();
  });

  it('takes no more while it is paused, and everything after it', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    tell(bridge, 's1', ['one']);
    await screen.findByText('one');
    await userEvent.click(screen.getByRole('button', { name: 'Pause' }));
    tell(bridge, 's1', ['two', 'three']);
    expect(await screen.findByText('Paused, 2 new')).toBeTruthy();
    expect(screen.queryByText('two')).toBeNull();
    expect(acks(bridge)).toEqual([{ stream: 's1', items: 1 }]);
    await userEvent.click(screen.getByRole('button', { name: 'Go on' }));
    expect(await screen.findByText('three')).toBeTruthy();
    await waitFor(() => expect(acks(bridge)).toContainEqual({ stream: 's1', items: 3 }));
  });

  it('says what was left out, and why a log broke off', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    tell(bridge, 's1', ['one'], { dropped: 12 });
    expect(await screen.findByText(/12 lines were left out/)).toBeTruthy();
    const error = { code: 'SSH_FAILED', message: 'The guest does not answer.', hints: [], exitStatus: 1 } as const;
    tell(bridge, 's1', [], { end: { error } });
    const alert = await screen.findByRole('alert');
    expect(within(alert).getByText('The guest does not answer.')).toBeTruthy();
    expect(screen.getByText('one')).toBeTruthy();
    await userEvent.click(within(alert).getByRole('button', { name: 'Try again' }));
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
    const { vm } = useStore.getState().snapshot ?? {};
    if (!vm) throw new Error('the scenario has no VM');
    act(() => bridge.change({ vm: { ...vm, state: 'stopped' } }));
    expect(await screen.findByText('The VM stopped; this is its log until then.')).toBeTruthy();
    expect(screen.getByText('one')).toBeTruthy();
    act(() => bridge.change({ vm: { ...vm, state: 'starting' } }));
    await opened(bridge, 2);
  });

  it('has another log to offer where there is no guest to ask', async () => {
    const bridge = await open({ scenario: 'stopped' });
    await userEvent.click(await screen.findByRole('button', { name: 'Show the console' }));
    await opened(bridge, 1);
    expect(bridge.calls.find(({ name }) => name === 'logs.open')?.input).toMatchObject({ source: 'console' });
  });

  it('says that there is no VM', async () => {
    await open({ scenario: 'absent' });
    expect(await screen.findByText('No VM yet')).toBeTruthy();
  });
});
