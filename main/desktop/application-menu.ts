/**
 * The menu that Alt shows. Its keyboard shortcuts work while it is hidden.
 */
import { Menu, type App } from 'electron';
import { strings } from './strings';

/** Sets the menu. Reload and the developer tools are only in a development checkout. */
export function setApplicationMenu(app: App): void {
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      { label: strings.app, submenu: [{ role: 'quit', label: strings.menu.quit }] },
      {
        label: strings.menu.edit,
        submenu: [
          { role: 'undo' },
          { role: 'redo' },
          { type: 'separator' },
          { role: 'cut' },
          { role: 'copy' },
          { role: 'paste' },
          { role: 'selectAll' },
        ],
      },
      {
        label: strings.menu.view,
        submenu: [
          { role: 'resetZoom' },
          { role: 'zoomIn' },
          { role: 'zoomOut' },
          { role: 'togglefullscreen' },
          ...(app.isPackaged ? [] : ([{ role: 'reload' }, { role: 'toggleDevTools' }] as const)),
        ],
      },
    ]),
  );
}
