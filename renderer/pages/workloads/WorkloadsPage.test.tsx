// @vitest-environment jsdom
import { act, cleanup, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Tooltip } from 'radix-ui';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WorkloadChange } from '../../../preload/api';
import { fakeBridge, type FakeBridge, type FakeOptions } from '../../dev/fake-bridge';
import { workloads } from '../../dev/scenarios';
import { connect, useStore } from '../../state/store';
import WorkloadsPage from './WorkloadsPage';

// jsdom lays nothing out: the virtual list would see no room for a row
beforeEach(() => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(600);
  vi.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(900);
});
let disconnect: () => void;
afterEach(() => {
  cleanup();
  disconnect();
  useStore.setState(useStore.getInitialState());
  vi.restoreAllMocks();
});

async function open(options: FakeOptions = {}): Promise<FakeBridge> {
  let streams = 0;
  const bridge = fakeBridge({
    ...options,
    answers: { 'workloads.open': () => ({ stream: `w${(streams += 1)}` }), ...options.answers },
  });
  disconnect = connect(bridge);
  await waitFor(() => expect(useStore.getState().snapshot).not.toBeNull());
  render(
    <Tooltip.Provider>
      <WorkloadsPage />
    </Tooltip.Provider>,
  );
  return bridge;
}
const tell = (bridge: FakeBridge, stream: string, ...items: readonly WorkloadChange[]): void =>
  act(() => bridge.push({ name: 'stream', payload: { stream, items } }));
const opened = (bridge: FakeBridge, times: number): Promise<void> =>
  waitFor(() => expect(bridge.calls.filter(({ name }) => name === 'workloads.open')).toHaveLength(times));
const pods = workloads().filter(({ kind }) => kind === 'pods');
const allPods: WorkloadChange = { type: 'replace', kind: 'pods', rows: pods };
const worker = 'worker-6d5f9c7b8-1eki';
const namesInTable = (): (string | null)[] =>
  within(screen.getByRole('table'))
    .getAllByRole('button', { name: /-/ })
    .map(({ textContent }) => textContent);

describe('the workloads page', () => {
  it('shows rows as they come and go', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    tell(bridge, 'w1', allPods);
    await screen.findByText(worker);
    expect(screen.getByRole('tab', { name: /^Pods\s*6/ })).toBeTruthy();
    tell(bridge, 'w1', { type: 'remove', kind: 'pods', uid: 'p-2' });
    await waitFor(() => expect(screen.queryByText(worker)).toBeNull());
  });

  it('sorts by a column and back', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    tell(bridge, 'w1', allPods);
    await screen.findByText(worker);
    const sortedUp = namesInTable();
    const name = screen.getByRole('button', { name: 'Name' });
    expect(screen.getByRole('columnheader', { name: 'Name' }).getAttribute('aria-sort')).toBe('ascending');
    await userEvent.click(name);
    expect(screen.getByRole('columnheader', { name: 'Name' }).getAttribute('aria-sort')).toBe('descending');
    expect(namesInTable()).toEqual([...sortedUp].reverse());
  });

  it('filters, and says what the filters hide', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    tell(bridge, 'w1', allPods);
    await screen.findByText(worker);
    await userEvent.click(screen.getByRole('switch', { name: 'Only problems' }));
    expect(namesInTable()).toHaveLength(2);
    await userEvent.type(screen.getByRole('searchbox'), 'nothing like it');
    expect(await screen.findByText('Filters hide all 6.')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Clear the filters' }));
    expect(namesInTable()).toHaveLength(6);
  });

  it('keeps what was known while the API is gone', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    tell(bridge, 'w1', allPods, { type: 'watch', kind: 'pods', state: 'retrying' });
    expect(await screen.findByText(/^The cluster’s API does not answer/)).toBeTruthy();
    expect(namesInTable()).toHaveLength(6);
    tell(bridge, 'w1', { ...allPods, rows: pods.slice(0, 2) }, { type: 'watch', kind: 'pods', state: 'live' });
    await waitFor(() => expect(namesInTable()).toHaveLength(2));
    expect(screen.queryByText(/^The cluster’s API does not answer/)).toBeNull();
  });

  it('asks anew when its host is back', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    tell(bridge, 'w1', allPods);
    await screen.findByText(worker);
    act(() => {
      bridge.link(false);
      bridge.link(true);
    });
    await opened(bridge, 2);
    await waitFor(() => expect(screen.queryByText(worker)).toBeNull());
    tell(bridge, 'w2', { ...allPods, rows: pods.slice(0, 1) });
    await waitFor(() => expect(namesInTable()).toHaveLength(1));
  });

  it.each([
    ['stopped', 'The VM does not run'],
    ['absent', 'No VM yet'],
  ] as const)('says so when the VM is %s', async (scenario, text) => {
    const bridge = await open({ scenario });
    expect(await screen.findByText(text)).toBeTruthy();
    expect(bridge.calls.some(({ name }) => name === 'workloads.open')).toBe(false);
  });

  it('has a command to begin with where nothing is deployed', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    tell(bridge, 'w1', { type: 'replace', kind: 'pods', rows: [] });
    expect(await screen.findByText(/kubectl create deployment hello/)).toBeTruthy();
  });
});

describe('the details', () => {
  async function details(options: FakeOptions = {}) {
    const bridge = await open(options);
    await opened(bridge, 1);
    tell(bridge, 'w1', allPods);
    await userEvent.click(await screen.findByRole('button', { name: worker }));
    return { bridge, sheet: await screen.findByRole('dialog', { name: worker }) };
  }

  it('follow their row, and say when it is gone', async () => {
    const { bridge, sheet } = await details();
    const row = pods.find(({ name }) => name === worker);
    if (row === undefined) throw new Error('no such pod');
    tell(bridge, 'w1', { type: 'upsert', row: { ...row, status: 'Terminating', condition: 'busy' } });
    expect(await within(sheet).findByText('Terminating')).toBeTruthy();
    tell(bridge, 'w1', { type: 'remove', kind: 'pods', uid: row.uid });
    expect(await within(sheet).findByText(/^This pod is gone/)).toBeTruthy();
    expect(within(sheet).getByRole('button', { name: 'Delete' })).toHaveProperty('disabled', true);
  });

  it('delete only after a question, and tell a refusal', async () => {
    const error = { code: 'API_REFUSED', message: 'Kubernetes refused.', hints: [], exitStatus: 1 } as const;
    const { bridge, sheet } = await details({
      answers: {
        'workloads.delete': () => {
          throw { data: error };
        },
      },
    });
    await userEvent.click(within(sheet).getByRole('button', { name: 'Delete' }));
    expect(bridge.calls.some(({ name }) => name === 'workloads.delete')).toBe(false);
    await userEvent.click(await screen.findByRole('button', { name: 'Delete the pod' }));
    await waitFor(() =>
      expect(useStore.getState().toasts).toMatchObject([{ tone: 'bad', title: 'Kubernetes refused.' }]),
    );
    expect(bridge.calls.find(({ name }) => name === 'workloads.delete')?.input).toEqual({
      kind: 'pods',
      namespace: 'shop',
      name: worker,
    });
  });
});
