/**
 * What an address says about who can alter what comes from it.
 */

/** Whether a URL is of this machine itself. WHATWG URLs write every IPv4 address as four decimal numbers. */
export const isLoopback = ({ hostname }: URL): boolean => /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname);

/**
 * Whether nobody on the network can alter what comes from a URL: it is https, or it never leaves this machine.
 *
 * Who runs a server on the loopback could also alter the user's files, or is another local user on a port that the user
 * named: the address is then as good as what the user knows of that port.
 */
export const isSecure = (url: URL): boolean =>
  url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));

/**
 * Why a redirect must not be followed, as the end of a sentence that begins with "it".
 *
 * @returns undefined when it may be
 */
export function redirectProblem(from: URL, to: URL): string | undefined {
  const place = withoutCredentials(to.href);
  if (to.protocol !== 'http:' && to.protocol !== 'https:')
    return `redirects to ${place}, which is not an http(s) address`;
  if (isSecure(from) && !isSecure(to)) return `redirects to plain http (${place})`;
  // A server elsewhere has no business with the services of this machine
  if (isLoopback(to) && !isLoopback(from)) return `redirects to this machine (${place})`;
  return undefined;
}

/** A URL for messages and records: without the user name and password that may be in it. */
export const withoutCredentials = (url: string): string => url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1');
