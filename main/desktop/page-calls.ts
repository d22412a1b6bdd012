/**
 * The page's calls and the pushes to it, with one IPC channel each. Every page load gets a session of its own, so that its
 * streams end with it.
 */
import type { IpcMain, IpcMainInvokeEvent, WebContents } from 'electron';
import type { Answer, CallName, Push } from '../../preload/api';
import { channels } from '../../preload/channels';
import { errorData, k3sVmError } from '../core/errors';
import type { Dashboard, DashboardSession } from '../dashboard/dashboard';
import { isPage } from './renderer-files';
import { strings } from './strings';

export interface PageLink {
  /** Sends the page a push that does not come from the dashboard. */
  tell(push: Push): void;
}

/** Connects the page of a window with the dashboard. */
export function servePage(ipc: IpcMain, contents: WebContents, dashboard: Dashboard): PageLink {
  let session: DashboardSession | undefined;
  const tell = (push: Push): void => {
    if (!contents.isDestroyed() && !contents.isCrashed()) contents.send(channels.push, push);
  };
  const disconnect = (): void => {
    session?.close();
    session = undefined;
  };
  contents.on('did-navigate', (_event, url) => {
    disconnect();
    if (isPage(url)) session = dashboard.connect(tell);
  });
  contents.on('render-process-gone', disconnect);
  contents.on('destroyed', disconnect);

  ipc.handle(channels.call, (event, name: unknown, input: unknown) => {
    if (session === undefined || !isFromPage(event, contents)) return refusal(strings.wrongSender);
    if (typeof name !== 'string') return refusal(strings.malformedCall);
    // The dashboard refuses unknown names
    return session.call(name as CallName, input);
  });
  return { tell };
}

/** Whether the sender is our page in our window's main frame, and not a frame inside it or a page that replaced it. */
const isFromPage = ({ sender, senderFrame }: IpcMainInvokeEvent, contents: WebContents): boolean =>
  sender === contents && senderFrame !== null && senderFrame === contents.mainFrame && isPage(senderFrame.url);

const refusal = (problem: string): Answer<CallName> => ({
  ok: false,
  error: errorData(k3sVmError('USAGE', { problem })),
});
