/**
 * The one window: its place, its look before the page has painted, and what happens when it is closed.
 */
import { BrowserWindow, dialog, nativeTheme, screen, type MessageBoxOptions } from 'electron';
import type { Memory } from './memory';
import { minimumSize, placeWindow } from './place';
import { pageUrl } from './renderer-files';
import { strings } from './strings';

export interface MainWindowOptions {
  readonly memory: Memory;
  readonly preload: string;
  readonly icon: string;
  /** How it is first shown. `hidden`: the app starts in the tray. */
  readonly first: 'shown' | 'minimized' | 'hidden';
  /** Called when the user closes it. The window itself stays open. */
  readonly onClose: () => void;
}

export interface MainWindow {
  readonly browserWindow: BrowserWindow;
  /** Shows it and brings it to the front, wherever it was. */
  show(): void;
}

/** The page's background in both themes (`--ground` of renderer/theme/tokens.css), so that nothing flashes. */
const ground = (): string => (nativeTheme.shouldUseDarkColors ? '#0f1216' : '#f5f6f8');

/** A second crash of the page within so many milliseconds counts as a crash loop. */
const crashLoopMs = 60_000;
const rememberAfterMs = 500;

/** Makes the window. */
export function createMainWindow({ memory, preload, icon, first, onClose }: MainWindowOptions): MainWindow {
  const primary = screen.getPrimaryDisplay();
  const others = screen.getAllDisplays().filter(({ id }) => id !== primary.id);
  const remembered = memory.get().window;
  const window = new BrowserWindow({
    ...placeWindow(
      remembered,
      [primary, ...others].map(({ workArea }) => workArea),
    ),
    minWidth: minimumSize.width,
    minHeight: minimumSize.height,
    title: strings.app,
    icon,
    show: false,
    backgroundColor: ground(),
    autoHideMenuBar: true,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
    },
  });
  nativeTheme.on('updated', () => window.setBackgroundColor(ground()));

  const show = (): void => {
    if (window.isMinimized()) window.restore();
    if (!window.isVisible() && memory.get().window?.maximized) window.maximize();
    window.show();
    window.focus();
  };
  window.once('ready-to-show', () => {
    if (first === 'shown') show();
    else if (first === 'minimized') window.minimize();
  });

  rememberPlace(window, memory);
  window.on('close', (event) => {
    event.preventDefault();
    onClose();
  });
  reloadAfterCrash(window);
  return { browserWindow: window, show };
}

/** Loads the page. If loading is interrupted, by a crash for instance, the page is already being loaded again. */
export async function loadPage({ browserWindow }: MainWindow): Promise<void> {
  await browserWindow.loadURL(pageUrl).catch(() => undefined);
}

function rememberPlace(window: BrowserWindow, memory: Memory): void {
  let timer: NodeJS.Timeout | undefined;
  const remember = (): void => {
    clearTimeout(timer);
    if (!window.isDestroyed() && window.isVisible())
      memory.set({ window: { bounds: window.getNormalBounds(), maximized: window.isMaximized() } });
  };
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(remember, rememberAfterMs);
  };
  window.on('resize', soon);
  window.on('move', soon);
  window.on('maximize', soon);
  window.on('unmaximize', soon);
  window.on('close', remember);
}

/** Reloads a page that crashes. If it keeps crashing, it waits until the user agrees. */
function reloadAfterCrash(window: BrowserWindow): void {
  let last = -Infinity;
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit') return;
    const now = performance.now();
    const again = now - last < crashLoopMs;
    last = now;
    void (again ? dialog.showMessageBox(window, crashLoop) : Promise.resolve()).then(() => {
      if (!window.isDestroyed()) window.webContents.reload();
    });
  });
}

const crashLoop: MessageBoxOptions = {
  type: 'error',
  message: strings.crashLoop.title,
  detail: strings.crashLoop.body,
  buttons: [strings.crashLoop.reload],
};
