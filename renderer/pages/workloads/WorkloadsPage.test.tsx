// @vitest-environment jsdom
import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import type { WorkloadChange } from '../../../preload/api';
import type { FakeBridge, FakeOptions } from '../../dev/fake-bridge';
import { usePage } from '../../dev/open-page';
import { workloads } from '../../dev/scenarios';
import { useStore } from '../../state/store';
import { common, overview, workloads as strings } from '../../strings';
import WorkloadsPage from './WorkloadsPage';

/** What is said whatever the time. */
const apiIsGone = new RegExp(`^${strings.retrying('').split('.')[0] ?? ''}`);
const openPage = usePage(<WorkloadsPage />);

function open(options: FakeOptions = {}): Promise<FakeBridge> {
  let streams = 0;
  return openPage({
    ...options,
    answers: { 'workloads.open': () => ({ stream: `w${(streams += 1)}` }), ...options.answers },
  });
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
    await userEvent.click(screen.getByRole('switch', { name: strings.onlyProblems }));
    expect(namesInTable()).toHaveLength(2);
    await userEvent.type(screen.getByRole('searchbox'), 'nothing like it');
    expect(await screen.findByText(strings.noMatchText(6))).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: strings.clear }));
    expect(namesInTable()).toHaveLength(6);
  });

  it('keeps what was known while the API is gone', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    tell(bridge, 'w1', allPods, { type: 'watch', kind: 'pods', state: 'retrying' });
    expect(await screen.findByText(apiIsGone)).toBeTruthy();
    expect(namesInTable()).toHaveLength(6);
    tell(bridge, 'w1', { ...allPods, rows: pods.slice(0, 2) }, { type: 'watch', kind: 'pods', state: 'live' });
    await waitFor(() => expect(namesInTable()).toHaveLength(2));
    expect(screen.queryByText(apiIsGone)).toBeNull();
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
    ['stopped', strings.noCluster.stopped.title],
    ['absent', strings.noCluster.absent.title],
  ] as const)('says so when the VM is %s', async (scenario, text) => {
    const bridge = await open({ scenario });
    expect(await screen.findByText(text)).toBeTruthy();
    expect(bridge.calls.some(({ name }) => name === 'workloads.open')).toBe(false);
  });

  it.each([
    ['stopped', overview.start, 'start'],
    ['suspended', overview.resume, 'start'],
    ['failed', overview.finishSetup, 'setup'],
  ] as const)('offers what brings the cluster when the VM is %s', async (scenario, button, operation) => {
    const bridge = await open({ scenario });
    await userEvent.click(await screen.findByRole('button', { name: button }));
    expect(bridge.calls.find(({ name }) => name === 'operation.run')?.input).toEqual({ operation });
  });

  it('offers nothing while its host is lost', async () => {
    const bridge = await open({ scenario: 'stopped' });
    const start = await screen.findByRole('button', { name: overview.start });
    act(() => bridge.link(false));
    expect(start).toHaveProperty('disabled', true);
  });

  it('says what is wrong with a configuration that cannot be loaded', async () => {
    const bridge = await open();
    const configError = { code: 'CONFIG_INVALID', message: 'cpus: not a number', hints: [], exitStatus: 2 } as const;
    act(() => bridge.change({ vm: null, configError }));
    expect(await screen.findByText('cpus: not a number')).toBeTruthy();
  });

  it('waits for a cluster that starts, and tells of one that does not answer', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    const { vm } = useStore.getState().snapshot ?? {};
    if (!vm) throw new Error('the scenario has no VM');
    const error = { code: 'API_UNREACHABLE', message: 'Nobody answers.', hints: [], exitStatus: 1 } as const;
    act(() => bridge.change({ vm: { ...vm, state: 'starting' } }));
    tell(bridge, 'w1', { type: 'watch', kind: 'pods', state: 'retrying', error });
    expect(await screen.findByText(strings.starting)).toBeTruthy();
    expect(screen.queryByText('Nobody answers.')).toBeNull();
    act(() => bridge.change({ vm: { ...vm, state: 'running' } }));
    expect(await screen.findByText('Nobody answers.')).toBeTruthy();
    tell(bridge, 'w1', allPods, { type: 'watch', kind: 'pods', state: 'live' });
    expect(await screen.findByText(worker)).toBeTruthy();
    // The stream outlives the start: it is the same cluster
    await opened(bridge, 1);
  });

  it('hides what Kubernetes itself runs, also from the count', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    const system = pods.map((row) => ({
      ...row,
      uid: `${row.uid}-s`,
      name: `dns-${row.uid}`,
      namespace: 'kube-system',
    }));
    tell(bridge, 'w1', { ...allPods, rows: [...pods, ...system] });
    await screen.findByText('dns-p-0');
    expect(namesInTable()).toHaveLength(12);
    await userEvent.click(screen.getByRole('switch', { name: strings.hideSystem }));
    expect(namesInTable()).toHaveLength(6);
    expect(screen.getByRole('tab', { name: /^Pods\s*6/ })).toBeTruthy();
  });

  it('lights up a row whose content changes, each time anew, and no other', async () => {
    const bridge = await open();
    await opened(bridge, 1);
    tell(bridge, 'w1', allPods);
    const row = pods.find(({ name }) => name === worker);
    if (row?.kind !== 'pods') throw new Error('no such pod');
    const line = (await screen.findByText(worker)).closest('tr');
    const lights: (string | undefined)[] = [];
    for (const restarts of [7, 8, 9]) {
      tell(bridge, 'w1', { type: 'upsert', row: { ...row, restarts } });
      await within(line as HTMLElement).findByText(String(restarts));
      lights.push(line?.className);
    }
    expect(lights).toEqual(['', 'is-changed', 'is-changed-again']);
    expect(document.querySelectorAll('tr.is-changed, tr.is-changed-again')).toHaveLength(1);
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
    expect(await within(sheet).findByText(strings.gone('pods'))).toBeTruthy();
    expect(within(sheet).getByRole('button', { name: strings.delete })).toHaveProperty('disabled', true);
  });

  it('follow the log of the pod, until they are closed', async () => {
    const { bridge, sheet } = await details({ answers: { 'logs.openPod': () => ({ stream: 'log' }) } });
    expect(bridge.calls.find(({ name }) => name === 'logs.openPod')?.input).toEqual({
      namespace: 'shop',
      pod: worker,
      container: 'main',
      lines: 500,
    });
    act(() => bridge.push({ name: 'stream', payload: { stream: 'log', items: [{ text: 'hello' }] } }));
    expect(await within(sheet).findByText('hello')).toBeTruthy();
    expect(bridge.calls).toContainEqual({ name: 'stream.ack', input: { stream: 'log', items: 1 } });
    await userEvent.click(within(sheet).getByRole('button', { name: common.close }));
    await waitFor(() => expect(bridge.calls).toContainEqual({ name: 'stream.close', input: { stream: 'log' } }));
  });

  it('change nothing while the host is lost', async () => {
    const { bridge, sheet } = await details();
    act(() => bridge.link(false));
    expect(within(sheet).getByRole('button', { name: strings.delete })).toHaveProperty('disabled', true);
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
    await userEvent.click(within(sheet).getByRole('button', { name: strings.delete }));
    expect(bridge.calls.some(({ name }) => name === 'workloads.delete')).toBe(false);
    await userEvent.click(await screen.findByRole('button', { name: strings.deleteAction('pods') }));
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
