import { describe, expect, it } from 'vitest';
import { forgetSecret, requestSecret, type AccessBrowser } from './access';

/** A tab at an address. `answer` is the server's to the token; undefined: there is no server. */
function tab(hash: string, answer?: Response, stored?: string) {
  const kept = new Map(stored === undefined ? [] : [['k3s-vm-secret', stored]]);
  const asked: unknown[] = [];
  const addresses: unknown[] = [];
  const browser: AccessBrowser = {
    fetch: ((url: string, init: RequestInit) => {
      asked.push([url, init.method, init.body]);
      return answer === undefined ? Promise.reject(new Error('refused')) : Promise.resolve(answer);
    }) as typeof fetch,
    location: { hash, pathname: '/' },
    history: { replaceState: (_state, _title, url) => void addresses.push(url) },
    sessionStorage: {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    },
  };
  return { browser, asked, addresses, kept };
}

describe("a page's secret", () => {
  it('is given for the token of its link, which leaves the address bar', async () => {
    const { browser, asked, addresses, kept } = tab('#token=t1', new Response('{"secret":"s1"}'));
    expect(await requestSecret(browser)).toBe('s1');
    expect(asked).toEqual([['/api/session', 'POST', '{"token":"t1"}']]);
    expect(addresses).toEqual(['/']);
    expect([...kept.values()]).toEqual(['s1']);
  });

  it('is there after a reload, without asking the server', async () => {
    const { browser, asked } = tab('', undefined, 's1');
    expect(await requestSecret(browser)).toBe('s1');
    expect(asked).toEqual([]);
  });

  it('survives a link that is used up or made up', async () => {
    const { browser, addresses } = tab('#token=old', new Response('', { status: 401 }), 's1');
    expect(await requestSecret(browser)).toBe('s1');
    expect(addresses).toEqual(['/']);
  });

  it.each([
    ['in a second tab', tab('')],
    ['for a used link', tab('#token=old', new Response('', { status: 401 }))],
    ['without a server', tab('#token=t1')],
  ])('is not there %s', async (_where, { browser }) => {
    expect(await requestSecret(browser)).toBeUndefined();
  });

  it('is forgotten when the server does not know it', async () => {
    const { browser } = tab('', undefined, 's1');
    forgetSecret(browser);
    expect(await requestSecret(browser)).toBeUndefined();
  });
});
