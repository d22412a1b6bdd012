/**
 * The way through an HTTP proxy: which one the environment names for a URL, and what is said to it.
 */
import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { isLoopback } from '../origin';
import { timedOut } from './network-errors';

export type Environment = Readonly<Record<string, string | undefined>>;

/** How long to wait, and until when. */
export interface Patience {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until there has to be an answer. */
  readonly timeoutMs: number;
}

/**
 * The proxy for a URL by HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in lower or upper case, as curl reads them.
 * NO_PROXY lists hosts or domains, with or without a leading dot or `*.`, perhaps with a port; `*` is everything. This
 * machine itself is never asked for through a proxy.
 */
export function proxyFor(url: URL, env: Environment = process.env): URL | undefined {
  const variable = (name: string): string | undefined =>
    env[name.toLowerCase()] || env[name.toUpperCase()] || undefined;
  const proxy = variable(url.protocol === 'https:' ? 'https_proxy' : 'http_proxy') ?? variable('all_proxy');
  if (proxy === undefined || isLoopback(url)) return undefined;
  const words = (variable('no_proxy') ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  if (words.some((word) => bypasses(word, url))) return undefined;
  const parsed = URL.canParse(proxy) && proxy.includes('://') ? proxy : `http://${proxy}`;
  return URL.canParse(parsed) ? new URL(parsed) : undefined;
}

/** Whether a word of NO_PROXY means the host of a URL. */
function bypasses(word: string, url: URL): boolean {
  if (word === '*') return true;
  const bare = (name: string): string => name.replace(/^\[|\]$/g, '');
  // An address with several colons is IPv6, and has a port only when it is in brackets
  const [, name = word, port] = /^(\[.*\]|[^:]*):(\d+)$/.exec(word) ?? [];
  if (port !== undefined && port !== (url.port || (url.protocol === 'https:' ? '443' : '80'))) return false;
  const host = bare(url.hostname.toLowerCase());
  const domain = bare(name).replace(/^\*?\./, '');
  return host === domain || host.endsWith(`.${domain}`);
}

/** A connection to the server of an https URL, through a proxy. */
export const secureThrough = async (url: URL, proxy: URL, patience: Patience): Promise<tls.TLSSocket> =>
  secure(url, await tunnel(url, proxy, patience), patience);

/** Speaks TLS with the server at the end of a tunnel. */
function secure(url: URL, through: Duplex, { signal, timeoutMs }: Patience): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ socket: through, ...serverName(url), ALPNProtocols: ['http/1.1'] });
    const stop = (): void => void socket.destroy(signal?.reason as Error);
    const timer = setTimeout(() => socket.destroy(timedOut('the server does not answer through the proxy')), timeoutMs);
    signal?.addEventListener('abort', stop, { once: true });
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    };
    socket.once('secureConnect', () => {
      settle();
      resolve(socket);
    });
    // Stays: an error between this and the request's own listener would end the process
    socket.on('error', (error) => {
      settle();
      reject(error);
    });
  });
}

/** Asks a proxy for a connection to a host (RFC 9110 9.3.6). */
function tunnel(url: URL, proxy: URL, { signal, timeoutMs }: Patience): Promise<Duplex> {
  const authority = `${url.hostname}:${url.port || '443'}`;
  return new Promise((resolve, reject) => {
    const request = (proxy.protocol === 'https:' ? https : http).request(proxyAddress(proxy), {
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...proxyCredentials(proxy) },
      agent: false,
      signal,
    });
    const timer = setTimeout(() => request.destroy(timedOut('the proxy does not answer')), timeoutMs);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      reject(signal?.aborted ? (signal.reason as Error) : error);
    };
    request.once('connect', (answer, socket) => {
      clearTimeout(timer);
      if (answer.statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(
        Object.assign(new Error(`the proxy answers ${answer.statusCode ?? 0} ${answer.statusMessage ?? ''}`.trim()), {
          code: 'PROXY_REFUSED',
        }),
      );
    });
    // A server that is no proxy treats CONNECT as a request
    request.once('response', (answer) => {
      answer.destroy();
      fail(Object.assign(new Error(`the proxy answers ${answer.statusCode ?? 0}`), { code: 'PROXY_REFUSED' }));
    });
    request.on('error', fail);
    request.end();
  });
}

const serverName = (url: URL): { servername?: string; host: string } =>
  // SNI takes no addresses (RFC 6066 3)
  /^[\d.]+$|^\[/.test(url.hostname) ? { host: url.hostname } : { host: url.hostname, servername: url.hostname };

/** A proxy without its credentials: Node would send them to the server behind it, as Authorization. */
export const proxyAddress = (proxy: URL): URL => new URL(proxy.origin);

function basic({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const words = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(words).toString('base64')}`;
}

/** The header that carries a proxy's own user name and password. @returns {} where its URL has none */
export function proxyCredentials(proxy: URL): { 'proxy-authorization'?: string } {
  const words = basic(proxy);
  return words === undefined ? {} : { 'proxy-authorization': words };
}

/** The header that carries the user name and password of a URL to its server. @returns {} where it has none */
export function serverCredentials(url: URL): { authorization?: string } {
  const words = basic(url);
  return words === undefined ? {} : { authorization: words };
}
