/**
 * HTTP GET, through a proxy where the environment names one. Node 20's fetch knows no proxies, and the library that
 * adds them (undici) is larger than the whole command line; this is what downloads need and no more: redirects, proxies
 * for http and https, a limit on silence.
 */
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { redirectProblem } from '../origin';
import {
  proxyAddress,
  proxyCredentials,
  proxyFor,
  secureThrough,
  serverCredentials,
  type Environment,
  type Patience,
} from './http-proxy';
import { timedOut } from './network-errors';

/** Of these, the timeout is until the answer has to begin. */
export interface GetOptions extends Patience {
  readonly headers?: Readonly<Record<string, string>>;
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
  throw Object.assign(new Error('it redirects in a loop'), { code: 'TOO_MANY_REDIRECTS' });
}

function redirectTarget(location: string, from: URL): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const problem = to === undefined ? 'redirects to an invalid address' : redirectProblem(from, to);
  if (to !== undefined && problem === undefined) return to;
  throw Object.assign(new Error(`it ${problem}`), { code: 'UNSAFE_REDIRECT' });
}

async function getOnce(url: URL, options: GetOptions): Promise<IncomingMessage> {
  const { signal, timeoutMs } = options;
  const proxy = proxyFor(url, options.env);
  // What goes into a cache has to be the file itself
  const headers = { 'accept-encoding': 'identity', 'user-agent': 'k3s-vm', ...options.headers };
  const common = { headers, signal };
  // With an agent, even `false`, Node would ignore createConnection and go past the proxy
  const agent = false as const;
  const socket =
    url.protocol === 'https:' && proxy !== undefined ? await secureThrough(url, proxy, options) : undefined;
  return new Promise((resolve, reject) => {
    const request =
      socket !== undefined
        ? https.get(url, { ...common, createConnection: () => socket })
        : url.protocol === 'https:'
          ? https.get(url, { ...common, agent })
          : proxy === undefined
            ? http.get(url, { ...common, agent })
            : (proxy.protocol === 'https:' ? https : http).get(proxyAddress(proxy), {
                ...common,
                agent,
                // A target's user name and password are for its server (RFC 9110 4.2.4)
                path: `${url.origin}${url.pathname}${url.search}`,
                headers: { ...headers, host: url.host, ...serverCredentials(url), ...proxyCredentials(proxy) },
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
