/**
 * `screen`, `nativeTheme`, `shell` and `session`: small things that the app asks of the desktop.
 */
import type Electron from 'electron';
import { Emitter } from './emitter';
import { modelled } from './modelled';

export function createScreen(workAreas: readonly Electron.Rectangle[]) {
  const displays = workAreas.map((workArea, id) => ({ id, workArea, bounds: workArea }) as Electron.Display);
  const [primary] = displays;
  if (primary === undefined) throw new Error('electron stand-in: a desktop has a display');
  const api: Pick<Electron.Screen, 'getAllDisplays' | 'getPrimaryDisplay'> = {
    getAllDisplays: () => displays,
    getPrimaryDisplay: () => primary,
  };
  return modelled('screen', api);
}

export function createNativeTheme() {
  let source: Electron.NativeTheme['themeSource'] = 'system';
  const emitter = new Emitter('nativeTheme', ['updated']);
  const api: Pick<Electron.NativeTheme, 'themeSource' | 'shouldUseDarkColors'> = {
    get themeSource() {
      return source;
    },
    set themeSource(theme) {
      if (theme === source) return;
      source = theme;
      emitter.emit('updated');
    },
    /** The system's own is light here. */
    get shouldUseDarkColors() {
      return source === 'dark';
    },
  };
  return modelled(
    'nativeTheme',
    Object.defineProperties(emitter, Object.getOwnPropertyDescriptors(api)) as Emitter & typeof api,
  );
}

type Session = Pick<
  Electron.Session,
  'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler'
>;
type RequestHandler = Parameters<Session['setPermissionRequestHandler']>[0];
type CheckHandler = Parameters<Session['setPermissionCheckHandler']>[0];

export function createSession(protocol: object) {
  let onRequest: RequestHandler = null;
  let onCheck: CheckHandler = null;
  const api: Session = {
    setPermissionRequestHandler: (handler) => {
      onRequest = handler;
    },
    setPermissionCheckHandler: (handler) => {
      onCheck = handler;
    },
    setDevicePermissionHandler: () => undefined,
  };
  /** Whether a page gets a permission, asked both ways. What is not handled is granted, as in Electron. */
  const ask = (
    contents: Electron.WebContents,
    permission: string,
  ): { readonly request: boolean; readonly check: boolean } => {
    let request = onRequest === null;
    onRequest?.(
      contents,
      permission as Parameters<NonNullable<RequestHandler>>[1],
      (granted) => {
        request = granted;
      },
      { isMainFrame: true, requestingUrl: contents.getURL() } as Electron.PermissionRequest,
    );
    const check =
      onCheck?.(contents, permission as Parameters<NonNullable<CheckHandler>>[1], contents.getURL(), {
        isMainFrame: true,
      } as Parameters<NonNullable<CheckHandler>>[3]) ?? true;
    return { request, check };
  };
  return { session: modelled('session', { defaultSession: modelled('Session', { ...api, protocol }) }), ask };
}

export function createShell() {
  const opened: string[] = [];
  const api: Pick<Electron.Shell, 'openExternal'> = {
    openExternal: (url) => {
      opened.push(url);
      return Promise.resolve();
    },
  };
  return { shell: modelled('shell', api), opened };
}
