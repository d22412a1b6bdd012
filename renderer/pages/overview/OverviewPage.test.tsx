// @vitest-environment jsdom
import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import type { RunningOperation, VmInfo, VmState } from '../../../preload/api';
import type { FakeBridge } from '../../dev/fake-bridge';
import { usePage } from '../../dev/open-page';
import { scenarios, type ScenarioName } from '../../dev/scenarios';
import { firstRun, overview } from '../../strings';
import OverviewPage from './OverviewPage';

const openPage = usePage(<OverviewPage />);
// The charts draw on a canvas, which jsdom has not
vi.mock('./UsageCharts', () => ({ UsageCharts: () => null }));

const theVm = scenarios.running.vm as VmInfo;
const setup = scenarios['setting-up'].operation as RunningOperation;
const stopsIt = { name: 'stop', pid: 4711, since: '2026-05-04T09:59:00Z' };

const runs = (bridge: FakeBridge): unknown[] =>
  bridge.calls.filter(({ name }) => name === 'operation.run').map(({ input }) => input);
const { start, resume, finishSetup, stop, restart, forceStop, moreActions } = overview;
/** The buttons of the questions. */
const confirms = new RegExp(`^(${overview.forceAction}|${overview.discardAction})$`);
const great: readonly string[] = [start, resume, finishSetup, stop, restart, forceStop, moreActions];
/** What of the great buttons can be pressed. */
const enabled = (): string[] =>
  screen
    .queryAllByRole<HTMLButtonElement>('button')
    .filter((button) => !button.disabled)
    .map((button) => button.getAttribute('aria-label') ?? button.textContent ?? '')
    .filter((text) => great.includes(text));
const vmIs = (bridge: FakeBridge, part: Partial<VmInfo>): void =>
  act(() => bridge.change({ health: null, vm: { ...theVm, ...part } }));

describe('the state of the VM', () => {
  it.each<[VmState, string[]]>([
    ['running', [stop, restart, moreActions]],
    ['stopped', [start, moreActions]],
    ['suspended', [resume, moreActions]],
    ['paused', [resume, forceStop, moreActions]],
    ['crashed', [start, moreActions]],
    ['provisioning', [finishSetup, forceStop, moreActions]],
    ['starting', [forceStop, moreActions]],
    ['stopping', [forceStop, moreActions]],
    ['error', [start, forceStop, moreActions]],
  ])('%s: %j can be pressed', async (state, expected) => {
    const bridge = await openPage({});
    vmIs(bridge, { state });
    expect(enabled()).toEqual(expected);
  });

  it.each<[string, (bridge: FakeBridge) => void]>([
    ['libvirt is away', (bridge) => bridge.change({ link: scenarios['libvirt-lost'].link })],
    ['an operation runs here', (bridge) => bridge.change({ operation: setup })],
    ['a terminal runs one', (bridge) => bridge.change({ vm: { ...theVm, operation: stopsIt } })],
  ])('nothing can be pressed while %s', async (_what, happens) => {
    const bridge = await openPage({});
    act(() => happens(bridge));
    expect(enabled()).toEqual([]);
  });

  it('says what an unusable VM lacks', async () => {
    const bridge = await openPage({});
    vmIs(bridge, {
      state: 'error',
      error: { code: 'VM_INCOMPLETE', message: 'Its disk is gone.', hints: [], exitStatus: 13 },
    });
    expect(screen.getByText('Its disk is gone.')).toBeTruthy();
  });

  it('names the terminal that is at it', async () => {
    const bridge = await openPage({});
    vmIs(bridge, { state: 'stopping', operation: stopsIt });
    expect(screen.getByText(overview.elsewhere('stop', 4711))).toBeTruthy();
  });

  it('tells since when a VM is suspended, and how much it takes up', async () => {
    await openPage({ scenario: 'suspended' });
    expect(screen.getByText(/^for .*, 788 MiB on disk$/)).toBeTruthy();
  });
});

describe('what can be done with it', () => {
  async function askToDelete(): Promise<void> {
    await userEvent.click(screen.getByRole('button', { name: moreActions }));
    await userEvent.click(await screen.findByRole('menuitem', { name: overview.reset }));
  }

  it('deletes it only when its name was typed, and nothing when that is called off', async () => {
    const bridge = await openPage({});
    await askToDelete();
    const dialog = await screen.findByRole('alertdialog');
    const button = within(dialog).getByRole<HTMLButtonElement>('button', { name: overview.resetAction });
    await userEvent.type(within(dialog).getByRole('textbox'), 'k3s-shop{Enter}');
    expect(button.disabled).toBe(true);
    await userEvent.click(within(dialog).getByRole('button', { name: 'Cancel' }));
    expect(runs(bridge)).toEqual([]);

    await askToDelete();
    await userEvent.type(await screen.findByRole('textbox'), 'k3s-shop-3f9a1c{Enter}');
    await waitFor(() => expect(runs(bridge)).toEqual([{ operation: 'reset', confirm: 'k3s-shop-3f9a1c' }]));
  });

  it.each<[ScenarioName, string, string, object]>([
    ['running', overview.moreStopOptions, overview.suspend, { operation: 'stop', mode: 'save' }],
    ['running', overview.moreStopOptions, forceStop, { operation: 'stop', force: true }],
    ['suspended', overview.moreStartOptions, overview.discardSuspended, { operation: 'start', discardSaved: true }],
  ])('%s, %s: %s', async (scenario, menu, what, expected) => {
    const bridge = await openPage({ scenario });
    await userEvent.click(screen.getByRole('button', { name: menu }));
    await userEvent.click(await screen.findByRole('menuitem', { name: what }));
    const dialog = screen.queryByRole('alertdialog');
    // What loses something is asked for first
    if (dialog !== null) {
      expect(runs(bridge)).toEqual([]);
      await userEvent.click(within(dialog).getByRole('button', { name: confirms }));
    }
    await waitFor(() => expect(runs(bridge)).toEqual([expected]));
  });

  it('offers a failed operation again, with what went wrong', async () => {
    const bridge = await openPage({ scenario: 'failed' });
    expect(screen.getByText('The VM did not boot within 10 min.')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: overview.again }));
    await waitFor(() => expect(runs(bridge)).toEqual([{ operation: 'setup' }]));
    await userEvent.click(screen.getByRole('button', { name: overview.dismiss }));
    expect(bridge.calls.at(-1)?.name).toBe('operation.dismiss');
  });

  it('cancels what runs, once', async () => {
    const bridge = await openPage({});
    act(() => bridge.change({ operation: { ...setup, operation: 'restart' } }));
    await userEvent.click(screen.getByRole('button', { name: 'Cancel' }));
    act(() => bridge.change({ operation: { ...setup, operation: 'restart', cancelling: true } }));
    await userEvent.click(screen.getByRole('button', { name: overview.cancelling }));
    expect(bridge.calls.filter(({ name }) => name === 'operation.cancel')).toHaveLength(1);
  });
});

describe('its health', () => {
  it('has a button where a fix is safe, and a command otherwise', async () => {
    const bridge = await openPage({ scenario: 'unhealthy' });
    const problem = (text: string): HTMLElement => screen.getByText(text).closest('li') as HTMLElement;
    expect(within(problem('coredns: ImagePullBackOff')).getByText(/describe pods/)).toBeTruthy();
    await userEvent.click(
      within(problem('42 s behind the host')).getByRole('button', { name: 'Fix: Correct the clock' }),
    );
    await waitFor(() => expect(bridge.calls.at(-1)).toEqual({ name: 'fix.run', input: { fixId: 'set-clock' } }));
  });

  it('is drawn as long as it is not known', async () => {
    const bridge = await openPage({});
    act(() => bridge.change({ health: null }));
    expect(screen.getByRole('status', { name: overview.checking })).toBeTruthy();
  });
});

describe('a project without a VM', () => {
  it('is an invitation', async () => {
    await openPage({ scenario: 'absent' });
    expect(await screen.findByRole('button', { name: firstRun.setup })).toBeTruthy();
  });

  it('whose configuration is wrong says that alone', async () => {
    const bridge = await openPage({});
    const message = 'k3s-vm.yaml:2: cpus: "many" is not a whole number';
    act(() => bridge.change({ vm: null, configError: { code: 'CONFIG_INVALID', message, hints: [], exitStatus: 2 } }));
    expect(screen.getByText(message)).toBeTruthy();
    expect(enabled()).toEqual([]);
  });
});
