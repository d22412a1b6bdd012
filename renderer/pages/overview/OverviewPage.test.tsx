// @vitest-environment jsdom
import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import type { RunningOperation, VmInfo, VmState } from '../../../preload/api';
import type { FakeBridge } from '../../dev/fake-bridge';
import { usePage } from '../../dev/open-page';
import { scenarios, type ScenarioName } from '../../dev/scenarios';
import OverviewPage from './OverviewPage';

const openPage = usePage(<OverviewPage />);
// The charts draw on a canvas, which jsdom has not
vi.mock('./UsageCharts', () => ({ UsageCharts: () => null }));

const theVm = scenarios.running.vm as VmInfo;
const setup = scenarios['setting-up'].operation as RunningOperation;
const stopsIt = { name: 'stop', pid: 4711, since: '2026-05-04T09:59:00Z' };

const runs = (bridge: FakeBridge): unknown[] =>
  bridge.calls.filter(({ name }) => name === 'operation.run').map(({ input }) => input);
/** What of the great buttons can be pressed. */
const enabled = (): string[] =>
  screen
    .queryAllByRole<HTMLButtonElement>('button')
    .filter((button) => !button.disabled)
    .map((button) => button.textContent ?? '')
    .filter((text) =>
      ['Start', 'Resume', 'Finish the setup', 'Stop', 'Restart', 'Cut the power', 'Reset'].includes(text),
    );
const vmIs = (bridge: FakeBridge, part: Partial<VmInfo>): void =>
  act(() => bridge.change({ health: null, vm: { ...theVm, ...part } }));

describe('the state of the VM', () => {
  it.each<[VmState, string[]]>([
    ['running', ['Stop', 'Restart', 'Reset']],
    ['stopped', ['Start', 'Reset']],
    ['saved', ['Resume', 'Reset']],
    ['paused', ['Resume', 'Cut the power', 'Reset']],
    ['crashed', ['Start', 'Reset']],
    ['provisioning', ['Finish the setup', 'Cut the power', 'Reset']],
    ['starting', ['Cut the power', 'Reset']],
    ['stopping', ['Cut the power', 'Reset']],
    ['error', ['Start', 'Cut the power', 'Reset']],
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
    expect(screen.getByText(/“stop” runs in a terminal \(process 4711\)/)).toBeTruthy();
  });

  it('tells size and age of a saved state', async () => {
    await openPage({ scenario: 'saved' });
    expect(screen.getByText(/MiB on disk, saved .* ago/)).toBeTruthy();
  });
});

describe('what can be done with it', () => {
  it('deletes it only when its name was typed, and nothing when that is called off', async () => {
    const bridge = await openPage({});
    await userEvent.click(screen.getByRole('button', { name: 'Reset' }));
    const dialog = await screen.findByRole('alertdialog');
    const button = within(dialog).getByRole<HTMLButtonElement>('button', { name: 'Delete the VM' });
    await userEvent.type(within(dialog).getByRole('textbox'), 'k3s-shop{Enter}');
    expect(button.disabled).toBe(true);
    await userEvent.click(within(dialog).getByRole('button', { name: 'Cancel' }));
    expect(runs(bridge)).toEqual([]);

    await userEvent.click(screen.getByRole('button', { name: 'Reset' }));
    await userEvent.type(await screen.findByRole('textbox'), 'k3s-shop-3f9a1c{Enter}');
    await waitFor(() => expect(runs(bridge)).toEqual([{ operation: 'reset', confirm: 'k3s-shop-3f9a1c' }]));
  });

  it.each<[ScenarioName, string, string, object]>([
    ['running', 'More ways to stop', 'Suspend to disk', { operation: 'stop', mode: 'save' }],
    ['running', 'More ways to stop', 'Cut the power', { operation: 'stop', force: true }],
    ['saved', 'More ways to start', 'Boot', { operation: 'start', discardSaved: true }],
  ])('%s, %s: %s', async (scenario, menu, what, expected) => {
    const bridge = await openPage({ scenario });
    await userEvent.click(screen.getByRole('button', { name: menu }));
    await userEvent.click(await screen.findByRole('menuitem', { name: new RegExp(`^${what}`) }));
    const dialog = screen.queryByRole('alertdialog');
    // What loses something is asked for first
    if (dialog !== null) {
      expect(runs(bridge)).toEqual([]);
      await userEvent.click(within(dialog).getByRole('button', { name: what }));
    }
    await waitFor(() => expect(runs(bridge)).toEqual([expected]));
  });

  it('offers a failed operation again, with what went wrong', async () => {
    const bridge = await openPage({ scenario: 'failed' });
    expect(screen.getByText('The guest did not come up within 10 minutes.')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Run it again' }));
    await waitFor(() => expect(runs(bridge)).toEqual([{ operation: 'setup' }]));
    await userEvent.click(screen.getByRole('button', { name: 'Dismiss' }));
    expect(bridge.calls.at(-1)?.name).toBe('operation.dismiss');
  });

  it('cancels what runs, once', async () => {
    const bridge = await openPage({});
    act(() => bridge.change({ operation: { ...setup, operation: 'restart' } }));
    await userEvent.click(screen.getByRole('button', { name: 'Cancel' }));
    act(() => bridge.change({ operation: { ...setup, operation: 'restart', cancelling: true } }));
    await userEvent.click(screen.getByRole('button', { name: 'Cancelling …' }));
    expect(bridge.calls.filter(({ name }) => name === 'operation.cancel')).toHaveLength(1);
  });
});

describe('its health', () => {
  it('has a button where a fix is safe, and a command otherwise', async () => {
    const bridge = await openPage({ scenario: 'unhealthy' });
    const problem = (text: string): HTMLElement => screen.getByText(text).closest('li') as HTMLElement;
    expect(within(problem('coredns: ImagePullBackOff')).getByText(/describe pods/)).toBeTruthy();
    await userEvent.click(within(problem('42 s behind')).getByRole('button', { name: 'Fix: Set the clock' }));
    await waitFor(() => expect(bridge.calls.at(-1)).toEqual({ name: 'fix.run', input: { fixId: 'set-clock' } }));
  });

  it('is drawn as long as it is not known', async () => {
    const bridge = await openPage({});
    act(() => bridge.change({ health: null }));
    expect(screen.getByRole('status', { name: 'Looking at the cluster …' })).toBeTruthy();
  });
});

describe('a project without a VM', () => {
  it('is an invitation', async () => {
    await openPage({ scenario: 'absent' });
    expect(await screen.findByRole('button', { name: /Set up/ })).toBeTruthy();
  });

  it('whose configuration is wrong says that alone', async () => {
    const bridge = await openPage({});
    const message = 'k3s-vm.yaml:2: cpus: "many" is not a whole number';
    act(() => bridge.change({ vm: null, configError: { code: 'CONFIG_INVALID', message, hints: [], exitStatus: 2 } }));
    expect(screen.getByText(message)).toBeTruthy();
    expect(enabled()).toEqual([]);
  });
});
