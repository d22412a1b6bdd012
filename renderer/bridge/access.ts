/**
 * How a page of the web dashboard gets its secret: in exchange for the one-time token of its link. It is kept in the
 * session storage, which belongs to this tab and this origin, port included: a reload finds it, another tab does not.
 */

/** The parts of a browser that this needs; tests replace them. */
export interface AccessBrowser {
  readonly fetch: typeof fetch;
  readonly location: Pick<Location, 'hash' | 'pathname'>;
  readonly history: Pick<History, 'replaceState'>;
  readonly sessionStorage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
}

const key = 'k3s-vm-secret';

const thisBrowser = (): AccessBrowser => ({
  fetch: fetch.bind(window),
  location: window.location,
  history: window.history,
  sessionStorage: window.sessionStorage,
});

/** @returns undefined where this tab has no access */
export async function requestSecret(browser: AccessBrowser = thisBrowser()): Promise<string | undefined> {
  const { location, history, sessionStorage } = browser;
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token !== null) {
    const secret = await exchange(browser, token);
    // It is used up, so remove it from the address bar and the history
    history.replaceState(null, '', location.pathname);
    if (secret !== undefined) sessionStorage.setItem(key, secret);
  }
  return sessionStorage.getItem(key) ?? undefined;
}

async function exchange(browser: AccessBrowser, token: string): Promise<string | undefined> {
  const response = await browser
    .fetch('/api/session', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token }),
    })
    .catch(() => undefined);
  if (response?.ok !== true) return undefined;
  return ((await response.json()) as { readonly secret: string }).secret;
}

/** Forgets a secret that the server does not know because it was restarted. */
export const forgetSecret = (browser: Pick<AccessBrowser, 'sessionStorage'> = window): void =>
  browser.sessionStorage.removeItem(key);
