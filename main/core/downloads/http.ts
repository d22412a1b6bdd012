/**
 * HTTP GET, through a proxy where the environment names one. Node 20's fetch knows no proxies, and the library that
 * adds them (undici) is larger than the whole command line; this is what downloads need and no more: redirects, proxies
 * for http and https, a limit on silence.
 */
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { isK3sVmError, k3sVmError, type K3sVmError } from '../errors';
import { isLoopback, isSecure, redirectProblem } from '../origin';

type Environment = Readonly<Record<string, string | undefined>>;

export interface GetOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the answer has to begin. */
  readonly timeoutMs: number;
  readonly env?: Environment;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Not read yet: read it to its end or destroy it. */
  readonly body: IncomingMessage;
}

const redirects = new Set([301, 302, 303, 307, 308]);

const mostRedirects = 10;

/**
 * Asks for a URL and follows redirects, of which none may lead from a secure address to one that is not. A user name and
 * password in the URL go to its own server alone: a redirect to another one leaves them behind (WHATWG URL, "relative
 * state").
 *
 * @param url http or https
 * @returns the answer, whatever its status
 * @throws a native error with a `code` (see networkError), or the signal's reason
 */
export async function get(url: string, options: GetOptions): Promise<Answer> {
  let target = new URL(url);
  for (let hops = 0; hops <= mostRedirects; hops++) {
    options.signal?.throwIfAborted();
    const body = await getOnce(target, options);
    const status = body.statusCode ?? 0;
    const { location } = body.headers;
    if (!redirects.has(status) || location === undefined) return { status, headers: body.headers, body };
    body.destroy();
    target = redirectTarget(location, target);
  }
  throw Object.assign(new Error('it redirects in a circle'), { code: 'TOO_MANY_REDIRECTS' });
}

function redirectTarget(location: string, from: URL): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const problem = to === undefined ? 'redirects to what is no address' : redirectProblem(from, to);
  if (to !== undefined && problem === undefined) return to;
  throw Object.assign(new Error(`it ${problem}`), { code: 'UNSAFE_REDIRECT' });
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

const timedOut = (what: string): Error => Object.assign(new Error(what), { code: 'ETIMEDOUT' });

async function getOnce(url: URL, options: GetOptions): Promise<IncomingMessage> {
  const { signal, timeoutMs } = options;
  const proxy = proxyFor(url, options.env);
  // What goes into a cache has to be the file itself
  const headers = { 'accept-encoding': 'identity', 'user-agent': 'k3s-vm', ...options.headers };
  const common = { headers, signal };
  // With an agent, even `false`, Node would ignore createConnection and go past the proxy
  const agent = false as const;
  const socket =
    url.protocol === 'https:' && proxy !== undefined
      ? await secure(url, await tunnel(url, proxy, options), options)
      : undefined;
  return new Promise((resolve, reject) => {
    const request =
      socket !== undefined
        ? https.get(url, { ...common, createConnection: () => socket })
        : url.protocol === 'https:'
          ? https.get(url, { ...common, agent })
          : proxy === undefined
            ? http.get(url, { ...common, agent })
            : (proxy.protocol === 'https:' ? https : http).get(address(proxy), {
                ...common,
                agent,
                // A target's user name and password are for its server (RFC 9110 4.2.4)
                path: `${url.origin}${url.pathname}${url.search}`,
                headers: { ...headers, host: url.host, ...serverCredentials(url), ...credentials(proxy) },
              });
    const timer = setTimeout(() => request.destroy(timedOut('it does not answer')), timeoutMs);
    request.once('response', (answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
    request.on('error', (error) => {
      clearTimeout(timer);
      reject(signal?.aborted ? (signal.reason as Error) : error);
    });
  });
}

/** Speaks TLS with the server at the end of a tunnel. */
function secure(url: URL, through: Duplex, { signal, timeoutMs }: GetOptions): Promise<tls.TLSSocket> {
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
function tunnel(url: URL, proxy: URL, { signal, timeoutMs }: GetOptions): Promise<Duplex> {
  const authority = `${url.hostname}:${url.port || '443'}`;
  return new Promise((resolve, reject) => {
    const request = (proxy.protocol === 'https:' ? https : http).request(address(proxy), {
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...credentials(proxy) },
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
const address = (proxy: URL): URL => new URL(proxy.origin);

function basic({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const words = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(words).toString('base64')}`;
}

function credentials(proxy: URL): { 'proxy-authorization'?: string } {
  const words = basic(proxy);
  return words === undefined ? {} : { 'proxy-authorization': words };
}

function serverCredentials(url: URL): { authorization?: string } {
  const words = basic(url);
  return words === undefined ? {} : { authorization: words };
}

/** The host, or the way to it, cannot be reached: no name, no route, nobody listening. */
const unreachable = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENETDOWN',
  'EHOSTDOWN',
  'ETIMEDOUT',
  'EADDRNOTAVAIL',
]);

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException | undefined)?.code ?? '');

/** Whether an error means that there is no connection at all, so that trying again soon is of no use. */
export const isUnreachable = (error: unknown): boolean => unreachable.has(codeOf(error));

/**
 * A native network error as one of the catalogue.
 *
 * @param what what was wanted, for people
 * @returns OFFLINE when there is no connection, else DOWNLOAD_FAILED
 */
export function networkError(error: unknown, what: string, url: string): K3sVmError {
  if (isUnreachable(error)) return k3sVmError('OFFLINE', { what, url }, error);
  const text = error instanceof Error ? error.message : String(error);
  const broken = ['ECONNRESET', 'EPIPE'].includes(codeOf(error));
  return k3sVmError('DOWNLOAD_FAILED', { url, why: broken ? 'the connection broke' : text }, error);
}

/** An answer that is not the file. */
export const statusError = (status: number, url: string): K3sVmError =>
  k3sVmError('DOWNLOAD_FAILED', {
    url,
    why: `the server answers ${status}${http.STATUS_CODES[status] ? ` ${http.STATUS_CODES[status]}` : ''}`,
  });

const largestText = 8 * 1024 * 1024;

/**
 * Gets a small text: what is believed without a digest, so it comes from secure addresses only.
 *
 * @param timeoutMs for the whole text, milliseconds
 * @returns undefined when the server has no such file (404, 410)
 * @throws INSECURE_SOURCE, OFFLINE, DOWNLOAD_FAILED; the signal's reason when aborted
 */
export async function fetchText(
  url: string,
  options: { readonly what: string; readonly signal: AbortSignal; readonly timeoutMs?: number },
): Promise<string | undefined> {
  const { what, signal, timeoutMs = 15_000 } = options;
  if (!isSecure(new URL(url))) throw k3sVmError('INSECURE_SOURCE', { what, url });
  let answer: Answer | undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    answer = await get(url, { signal, timeoutMs });
    const { body } = answer;
    if (answer.status === 404 || answer.status === 410) return undefined;
    if (answer.status !== 200) throw statusError(answer.status, url);
    timer = setTimeout(() => body.destroy(new Error('it does not send the rest')), timeoutMs);
    const parts: Buffer[] = [];
    let bytes = 0;
    for await (const part of body) {
      parts.push(part as Buffer);
      bytes += (part as Buffer).length;
      if (bytes > largestText)
        throw k3sVmError('DOWNLOAD_FAILED', { url, why: 'it is far too large for what it should be' });
    }
    return Buffer.concat(parts).toString('utf8');
  } catch (error) {
    signal.throwIfAborted();
    throw isK3sVmError(error) ? error : networkError(error, what, url);
  } finally {
    clearTimeout(timer);
    answer?.body.destroy();
  }
}
