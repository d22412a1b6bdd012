/**
 * What no page may do, ours included: navigate elsewhere, open windows, embed pages, ask for permissions.
 */
import { shell, type App, type Session, type WebContents } from 'electron';
import { isOutsideLink } from './outside-links';
import { isPage } from './renderer-files';

/** Guards every web contents from its creation. */
export function guardContents(app: App): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-frame-navigate', (event) => {
      if (!event.isMainFrame || !isPage(event.url)) event.preventDefault();
    });
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(({ url }) => {
      if (isOutsideLink(url)) void shell.openExternal(url);
      return { action: 'deny' };
    });
  });
}

/** Denies every permission but to write text to the clipboard, which the copy buttons do. */
export function guardSession(session: Session): void {
  const allows = (contents: WebContents | null, permission: string): boolean =>
    permission === 'clipboard-sanitized-write' && contents !== null && isPage(contents.getURL());
  session.setPermissionRequestHandler((contents, permission, decide) => decide(allows(contents, permission)));
  session.setPermissionCheckHandler((contents, permission) => allows(contents, permission));
  session.setDevicePermissionHandler(() => false);
}
