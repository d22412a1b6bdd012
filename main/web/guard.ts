/**
 * Who may talk to the web form. It listens on loopback, where every page of every browser of this machine can reach it:
 * so the host name must be ours (DNS rebinding), a request that another site makes is refused, and everything but the
 * exchange of the one-time token needs the cookie that the exchange gave.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const secret = (): string => randomBytes(32).toString('base64url');

const same = (a: string, b: string): boolean => {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
};

export interface Guard {
  /** The token that opens the first window; it is used up by its use. */
  readonly token: string;
  /** Takes the token. @returns the cookie to set, or undefined when it is not the token or was used */
  redeem(token: string): string | undefined;
  /** The HTTP status to refuse a request with, or undefined. */
  refusal(request: IncomingMessage): number | undefined;
}

/** @param port the server listens on; cookies know no ports, so their name has it */
export function createGuard(port: number): Guard {
  const token = secret();
  const session = secret();
  const cookieName = `k3s-vm-${port}`;
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  let used = false;

  const isForeign = ({ headers, method }: IncomingMessage): boolean => {
    const { origin } = headers;
    const site = headers['sec-fetch-site'];
    if (origin !== undefined && !hosts.some((host) => origin === `http://${host}`)) return true;
    // A link to us in a terminal or another page opens the page itself, and nothing else
    if (site === 'cross-site' || site === 'same-site')
      return !(method === 'GET' && headers['sec-fetch-mode'] === 'navigate');
    return false;
  };
  const hasCookie = ({ headers }: IncomingMessage): boolean =>
    (headers.cookie ?? '').split(/;\s*/).some((pair) => {
      const [name = '', value = ''] = pair.split('=', 2);
      return name === cookieName && same(value, session);
    });
  return {
    token,
    redeem(given) {
      if (used || !same(given, token)) return undefined;
      used = true;
      return `${cookieName}=${session}; HttpOnly; SameSite=Strict; Path=/`;
    },
    refusal(request) {
      // Misdirected Request (https://www.rfc-editor.org/rfc/rfc9110#name-421-misdirected-request)
      if (!hosts.includes(request.headers.host ?? '')) return 421;
      if (isForeign(request)) return 403;
      return hasCookie(request) ? undefined : 401;
    },
  };
}
