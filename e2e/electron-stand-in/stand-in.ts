/**
 * What a spec can see of the desktop and do to it. Everything that crosses is plain data: the spec is another process.
 */
import type Electron from 'electron';
import { channels } from '../../preload/channels';
import type { createWindows } from './browser-window';
import type { createSession } from './desktop-state';
import type { createIpcMain } from './ipc-main';
import { viewMenu, type createScenery } from './scenery';
import { fromWire, toWire } from './wire';

export interface Parts {
  readonly scenery: ReturnType<typeof createScenery>;
  readonly windows: ReturnType<typeof createWindows>['windows'];
  readonly opened: readonly string[];
  readonly askPermission: ReturnType<typeof createSession>['ask'];
  readonly invoke: ReturnType<typeof createIpcMain>['invoke'];
}

/** Who sends a call that is none of the page's own. */
export type ForeignSender = 'a frame in the page' | 'another window' | 'another page' | 'a frame that is gone';

export function createStandIn({ scenery, windows, opened, askPermission, invoke }: Parts) {
  const window = () => {
    const [only, ...others] = windows;
    if (only === undefined || others.length > 0) throw new Error(`there are ${windows.length} windows, not one`);
    return only;
  };
  const tray = () => {
    const [only, ...others] = scenery.trays;
    if (only === undefined || others.length > 0) throw new Error(`there are ${scenery.trays.length} trays, not one`);
    return only;
  };
  const notification = (title: string) => {
    const found = scenery.notifications.find(({ _options }) => _options.title === title);
    if (found === undefined) throw new Error(`there is no notification "${title}"`);
    return found;
  };

  return {
    hasTray: () => scenery.trays.length > 0,
    tray: () => ({ icon: tray()._image, toolTip: tray()._toolTip, items: viewMenu(tray()._menu) }),
    clickTray: () => void tray().emit('click', {}),
    chooseFromTray(label: string): void {
      const item = tray()._menu.find((item) => item.label === label);
      if (item === undefined || item.enabled === false) throw new Error(`"${label}" cannot be chosen`);
      (item.click as () => void)();
    },
    applicationMenu: () => viewMenu(scenery.applicationMenu()),
    notifications: () => scenery.notifications.map(({ _options: { title = '', body = '' } }) => ({ title, body })),
    clickNotification: (title: string) => void notification(title).emit('click', {}),
    dialogs: () =>
      scenery.dialogs.map(({ modal, options: { message, detail = '', buttons = [], defaultId, cancelId } }) => ({
        message,
        detail,
        buttons,
        modal,
        defaultButton: buttons[defaultId ?? 0],
        cancelButton: buttons[cancelId ?? 0],
      })),
    answerDialog(button: string): void {
      const [dialog] = scenery.dialogs;
      const response = dialog?.options.buttons?.indexOf(button) ?? -1;
      if (dialog === undefined || response < 0) throw new Error(`there is no dialog with a button "${button}"`);
      dialog.answer(response);
    },
    fileDialogs: () => scenery.fileDialogs.map(({ title }) => title),
    /** null: the user cancels. */
    answerFileDialog: (path: string | null) => scenery.fileDialogs[0]?.answer(path),
    errorBoxes: () => scenery.errorBoxes,
    openedOutside: () => opened,
    window: () => ({
      visible: window().isVisible(),
      minimized: window().isMinimized(),
      maximized: window().isMaximized(),
      focused: window().isFocused(),
      bounds: window().getBounds(),
      backgroundColor: window()._backgroundColor,
    }),
    userClosesWindow: () => window().close(),
    userMovesWindow: (bounds: Partial<Electron.Rectangle>) => window().setBounds(bounds),
    /** The page's process dies, as far as the app is told. */
    pageCrashes: () => void window().webContents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 5 }),
    askPermission: (permission: string) =>
      askPermission(window().webContents as unknown as Electron.WebContents, permission),
    /** Sends a call in the place of the page. */
    async callAs(who: ForeignSender, ...args: unknown[]): Promise<unknown> {
      const { webContents } = window();
      const senders = {
        'a frame in the page': { sender: webContents, senderFrame: { url: webContents.getURL() } },
        'another window': { sender: {}, senderFrame: webContents.mainFrame },
        'another page': { sender: webContents, senderFrame: webContents.mainFrame },
        'a frame that is gone': { sender: webContents, senderFrame: null },
      };
      const call = (): Promise<string> =>
        invoke(senders[who] as unknown as Parameters<typeof invoke>[0], channels.call, toWire(args));
      const answer = who === 'another page' ? webContents._elsewhere('https://docs.k3s.io/', call) : call();
      return fromWire(await answer)[0];
    },
  };
}

export type StandIn = ReturnType<typeof createStandIn>;
