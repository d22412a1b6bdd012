/**
 * Who may talk to the web dashboard. It listens on loopback, where every user of this machine and every page of their
 * browsers can reach it. So the Host header must be ours (DNS rebinding), requests from other sites are refused, and
 * every call and stream must carry a secret in its Authorization header.
 *
 * There is no cookie on purpose: browsers send cookies to every port of a host
 * (https://www.rfc-editor.org/rfc/rfc6265#section-8.5), so any app on 127.0.0.1, a workload's among them, would receive
 * it. The page gets the secret in exchange for the one-time token of a link and keeps it for its own origin, port included.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const newSecret = (): string => randomBytes(32).toString('base64url');

const same = (a: string, b: string): boolean => {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
};

/**
 * Who may use a token: `anyone` who has it (only our terminal shows it), or `own-user`: only processes of the user that
 * runs this server, since command lines are readable by every user of the machine.
 */
export type TokenScope = 'anyone' | 'own-user';

export interface Guard {
  /** A new token that opens one page. */
  issueToken(scope: TokenScope): string;
  /**
   * Takes a token and uses it up.
   *
   * @param isOwnUser whether the request comes from our own user; asked only where the token needs it
   * @returns the secret for the page; undefined when the token is wrong, used up, or not for this user
   */
  redeem(token: string, isOwnUser: () => boolean): string | undefined;
  /** The HTTP status that refuses a request which does not come from our own page or a plain link to it. */
  foreignStatus(request: IncomingMessage): 421 | 403 | undefined;
  /** Whether the request carries the secret. */
  hasSecret(request: IncomingMessage): boolean;
}

/** @param port the server listens on */
export function createGuard(port: number): Guard {
  const secret = newSecret();
  const tokens = new Map<string, TokenScope>();
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];

  const isForeign = ({ headers, method }: IncomingMessage): boolean => {
    const { origin } = headers;
    const site = headers['sec-fetch-site'];
    if (origin !== undefined && !hosts.some((host) => origin === `http://${host}`)) return true;
    // A link on another site may open our page, and nothing else
    if (site === 'cross-site' || site === 'same-site')
      return !(method === 'GET' && headers['sec-fetch-mode'] === 'navigate');
    return false;
  };

  return {
    issueToken(scope) {
      const token = newSecret();
      tokens.set(token, scope);
      return token;
    },
    redeem(given, isOwnUser) {
      const [token, scope] = [...tokens].find(([known]) => same(known, given)) ?? [];
      if (token === undefined || (scope === 'own-user' && !isOwnUser())) return undefined;
      tokens.delete(token);
      return secret;
    },
    foreignStatus(request) {
      // Misdirected Request (https://www.rfc-editor.org/rfc/rfc9110#name-421-misdirected-request)
      if (!hosts.includes(request.headers.host ?? '')) return 421;
      return isForeign(request) ? 403 : undefined;
    },
    hasSecret: ({ headers }) => same(headers.authorization ?? '', `Bearer ${secret}`),
  };
}
