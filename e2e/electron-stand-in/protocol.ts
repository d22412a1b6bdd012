/**
 * Schemes of the app's own. Chromium cannot be taught one from outside, so each stands as an https (or, where it is not
 * registered as secure, http) origin that no network ever sees: app://dashboard/x is https://dashboard.app.invalid/x.
 */
import type Electron from 'electron';
import { modelled } from './modelled';

type Handler = (request: Request) => Response | Promise<Response>;
type Modelled = Pick<Electron.Protocol, 'registerSchemesAsPrivileged' | 'handle' | 'unhandle' | 'isProtocolHandled'>;

export interface Schemes {
  /** A URL of the app as Chromium is given it; undefined where Chromium could not load it. */
  toBrowser(url: string): string | undefined;
  /** A URL that Chromium says, as the app knows it. */
  fromBrowser(url: string): string;
  /** What the app answers; undefined where it is none of its URLs. */
  answer(request: Request): Promise<Response> | undefined;
}

export function createProtocol(isReady: () => boolean): { protocol: Modelled; schemes: Schemes } {
  const privileges = new Map<string, Electron.Privileges>();
  const handlers = new Map<string, Handler>();
  const api: Modelled = {
    registerSchemesAsPrivileged(schemes) {
      if (isReady()) throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready');
      for (const { scheme, privileges: given } of schemes) {
        if (given?.standard !== true || given.bypassCSP === true)
          throw new Error('electron stand-in: only standard schemes under a policy are modelled');
        privileges.set(scheme, given);
      }
    },
    handle(scheme, handler) {
      if (!isReady()) throw new Error('electron stand-in: protocol.handle is called before the app is ready');
      if (!privileges.has(scheme)) throw new Error(`electron stand-in: the scheme "${scheme}" is not registered`);
      if (handlers.has(scheme)) throw new Error('The scheme has been intercepted');
      handlers.set(scheme, handler);
    },
    unhandle: (scheme) => void handlers.delete(scheme),
    isProtocolHandled: (scheme) => handlers.has(scheme),
  };
  return {
    protocol: modelled('protocol', api),
    schemes: {
      toBrowser(url) {
        const [, scheme = '', host = '', rest = ''] = /^([\w.+-]+):\/\/([^/?#]*)(.*)$/s.exec(url) ?? [];
        if (scheme === 'http' || scheme === 'https' || url === 'about:blank') return url;
        const given = privileges.get(scheme);
        if (given === undefined || !handlers.has(scheme)) return undefined;
        return `${given.secure === true ? 'https' : 'http'}://${host}.${scheme}.invalid${rest}`;
      },
      fromBrowser: (url) => url.replace(/^https?:\/\/([^/?#]*)\.([^./?#]+)\.invalid(?=[/?#]|$)/, '$2://$1'),
      answer(request) {
        const handler = handlers.get(/^([^:]+):/.exec(request.url)?.[1] ?? '');
        return handler === undefined ? undefined : Promise.resolve(handler(request));
      },
    },
  };
}
