/**
 * Quitting. If an operation is running, the user is asked first, and the operation is cancelled cleanly before the app exits.
 */
import { dialog, type App, type BrowserWindow, type MessageBoxOptions } from 'electron';
import type { Dashboard } from '../dashboard/dashboard';
import { strings } from './strings';

/** Handles every way to quit: from the tray, by closing the window, by a signal, at the end of the desktop session. */
export function setUpQuitting(app: App, window: BrowserWindow, dashboard: Dashboard): void {
  let leaving = false;
  const leave = async (): Promise<void> => {
    const running = dashboard.snapshot().operation;
    if (running !== null && !(await confirm(strings.operation[running.operation], window))) {
      leaving = false;
      return;
    }
    await dashboard.close();
    // Closes the window without asking it again
    app.exit();
  };
  app.on('before-quit', (event) => {
    event.preventDefault();
    if (leaving) return;
    leaving = true;
    leave().catch((error: unknown) => {
      console.error(error);
      app.exit(1);
    });
  });
}

async function confirm(what: string, window: BrowserWindow): Promise<boolean> {
  const question: MessageBoxOptions = {
    type: 'question',
    message: strings.quit.message(what),
    detail: strings.quit.detail,
    buttons: [strings.quit.cancelAndQuit, strings.quit.stay],
    defaultId: 1,
    cancelId: 1,
  };
  // A dialog of a hidden window would be hidden with it
  const { response } = await (window.isVisible()
    ? dialog.showMessageBox(window, question)
    : dialog.showMessageBox(question));
  return response === 0;
}
