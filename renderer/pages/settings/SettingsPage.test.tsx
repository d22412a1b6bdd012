// @vitest-environment jsdom
import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import type { ErrorData } from '../../../preload/api';
import type { FakeBridge } from '../../dev/fake-bridge';
import { usePage } from '../../dev/open-page';
import { common, settings as strings } from '../../strings';
import SettingsPage from './SettingsPage';

const openPage = usePage(<SettingsPage />);
const row = async (title: string): Promise<HTMLElement> =>
  (await screen.findByRole('heading', { name: title })).closest('li') as HTMLElement;
const asked = (bridge: FakeBridge, name: string): unknown[] =>
  bridge.calls.filter((call) => call.name === name).map(({ input }) => input);
const invalid: ErrorData = { code: 'CONFIG_INVALID', message: 'The file is not YAML.', hints: [], exitStatus: 2 };

describe('a setting', () => {
  it('is checked as it is typed, by the host, and cannot be saved as long as it is wrong', async () => {
    const bridge = await openPage({});
    const cpus = await row('CPUs');
    const input = within(cpus).getByRole('textbox', { name: 'CPUs' });
    await userEvent.type(input, '!');
    expect(await within(cpus).findByText('"4!" is not valid')).toBeTruthy();
    expect(within(cpus).getByRole<HTMLButtonElement>('button', { name: strings.saveOf('CPUs') }).disabled).toBe(true);
    await userEvent.keyboard('{Enter}');
    expect(asked(bridge, 'settings.set')).toEqual([]);

    await userEvent.type(input, '{Backspace}{Backspace}6');
    expect(within(cpus).queryByText(/is not valid/)).toBeNull();
    await userEvent.keyboard('{Enter}');
    await waitFor(() => expect(asked(bridge, 'settings.set')).toEqual([{ key: 'cpus', text: '6', scope: 'project' }]));
    expect(await within(cpus).findByText(strings.sources.project)).toBeTruthy();
    expect(within(cpus).queryByRole('button', { name: strings.saveOf('CPUs') })).toBeNull();
  });

  it('is as it was after Escape', async () => {
    const bridge = await openPage({});
    const cpus = await row('CPUs');
    await userEvent.type(within(cpus).getByRole('textbox'), '2{Escape}');
    expect(within(cpus).getByRole<HTMLInputElement>('textbox').value).toBe('4');
    expect(asked(bridge, 'settings.set')).toEqual([]);
  });

  it('goes to the file that was chosen, and says where another one wins', async () => {
    const bridge = await openPage({});
    await row('CPUs');
    await userEvent.click(screen.getByRole('radio', { name: strings.scopes.user }));
    const cpus = await row('CPUs');
    await userEvent.type(within(cpus).getByRole('textbox'), '8');
    expect(within(cpus).getByText(strings.overridden)).toBeTruthy();
    await userEvent.click(within(cpus).getByRole('button', { name: strings.saveOf('CPUs') }));
    await waitFor(() => expect(asked(bridge, 'settings.set')).toEqual([{ key: 'cpus', text: '48', scope: 'user' }]));
  });

  it('that only a project can have goes to its file all the same', async () => {
    const bridge = await openPage({});
    await row('Name');
    await userEvent.click(screen.getByRole('radio', { name: strings.scopes.user }));
    const name = await row('Name');
    await userEvent.type(within(name).getByRole('textbox'), '2{Enter}');
    await waitFor(() =>
      expect(asked(bridge, 'settings.set')).toEqual([{ key: 'name', text: 'k3s-shop-3f9a1c2', scope: 'project' }]),
    );
  });

  it('that a variable fixes cannot be changed, and says so', async () => {
    await openPage({});
    const memory = await row('Memory');
    expect(within(memory).getByRole<HTMLInputElement>('textbox').disabled).toBe(true);
    expect(within(memory).getByText(common.fixedBy('K3S_VM_MEMORY'))).toBeTruthy();
  });

  it('that names a program can only be read, and says which command sets it', async () => {
    const bridge = await openPage({});
    const terminal = await row('Terminal');
    expect(within(terminal).getByRole<HTMLInputElement>('textbox').disabled).toBe(true);
    expect(within(terminal).getByText('k3s-vm config set --user terminal alacritty')).toBeTruthy();
    expect(within(terminal).queryByRole('button', { name: /Save|Reset/ })).toBeNull();
    expect(asked(bridge, 'settings.set')).toEqual([]);
  });

  it('goes back to its default from the file it stands in', async () => {
    const bridge = await openPage({});
    await userEvent.click(within(await row('Disk')).getByRole('button', { name: strings.resetOf('Disk') }));
    await waitFor(() => expect(asked(bridge, 'settings.unset')).toEqual([{ key: 'disk', scope: 'user' }]));
  });

  it('keeps what was typed when saving fails, or the host goes away', async () => {
    const bridge = await openPage({
      answers: {
        'settings.set': () => {
          throw Object.assign(new Error('refused'), { data: invalid });
        },
      },
    });
    const cpus = await row('CPUs');
    await userEvent.type(within(cpus).getByRole('textbox'), '8{Enter}');
    await waitFor(() => expect(asked(bridge, 'settings.set')).toHaveLength(1));
    expect(within(cpus).getByRole<HTMLInputElement>('textbox').value).toBe('48');
    act(() => bridge.link(false));
    expect(within(cpus).getByRole<HTMLButtonElement>('button', { name: strings.saveOf('CPUs') }).disabled).toBe(true);
    expect(within(cpus).getByRole<HTMLInputElement>('textbox').value).toBe('48');
  });
});

describe('the list of settings', () => {
  it('is searched, keeps what is being edited in sight, and says where nothing is left', async () => {
    await openPage({});
    await userEvent.type(within(await row('CPUs')).getByRole('textbox'), '8');
    const search = screen.getByRole('searchbox', { name: strings.search });
    await userEvent.type(search, 'channel');
    expect(screen.getByText('2 of 11 settings')).toBeTruthy();
    expect(screen.getByRole('heading', { name: 'CPUs' })).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: strings.undoOf('CPUs') }));
    await userEvent.type(search, ' nowhere');
    await userEvent.click(await screen.findByRole('button', { name: strings.clearSearch }));
    expect(screen.getByText('11 settings')).toBeTruthy();
  });

  it('that cannot be had says why, and is asked for again', async () => {
    let times = 0;
    const bridge = await openPage({
      answers: {
        'settings.get': () => {
          times += 1;
          throw Object.assign(new Error('refused'), { data: invalid });
        },
      },
    });
    expect(await screen.findByText('The file is not YAML.')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: common.tryAgain }));
    await waitFor(() => expect(times).toBe(2));
    expect(asked(bridge, 'settings.get')).toHaveLength(2);
  });
});

describe('preferences of the dashboard', () => {
  it('take effect at once, and starting at login is the desktop’s alone', async () => {
    const bridge = await openPage({ host: 'web' });
    expect(screen.queryByRole('switch', { name: strings.startAtLogin })).toBeNull();
    await userEvent.click(screen.getByRole('radio', { name: 'Dark' }));
    expect(asked(bridge, 'app.setPreferences')).toEqual([{ theme: 'dark' }]);
  });
});
