import { describe, expect, it } from 'vitest';
import { isLoopback, isSecure, redirectProblem, withoutCredentials } from './origin';

describe('isSecure', () => {
  it.each([
    ['https://example.org/', true],
    ['http://example.org/', false],
    ['http://127.0.0.1:8080/', true],
    ['http://127.1/', true],
    ['http://2130706433/', true],
    ['http://localhost/', true],
    ['http://LOCALHOST/', true],
    ['http://[::1]/', true],
    ['http://127.0.0.1.example.org/', false],
    ['http://localhost.example.org/', false],
    ['http://127.0.0.1@example.org/', false],
    ['http://10.0.0.1/', false],
    ['http://0.0.0.0/', false],
    ['ftp://127.0.0.1/', false],
    ['file:///etc/passwd', false],
  ])('%s: %s', (url, secure) => expect(isSecure(new URL(url))).toBe(secure));
});

describe('redirectProblem', () => {
  const places = {
    secure: 'https://a.example/x',
    other: 'https://b.example/x',
    plain: 'http://c.example/x',
    here: 'http://127.0.0.1:1/x',
    file: 'file:///etc/passwd',
    ftp: 'ftp://a.example/x',
    data: 'data:text/plain,x',
  };
  const allowed = new Set([
    'secure secure',
    'secure other',
    'other secure',
    'other other',
    'plain secure',
    'plain other',
    'plain plain',
    'here here',
    'here secure',
    'here other',
  ]);
  const from = ['secure', 'other', 'plain', 'here'] as const;
  const to = Object.keys(places) as (keyof typeof places)[];
  it.each(from.flatMap((a) => to.map((b) => [a, b] as const)))('from %s to %s', (a, b) => {
    const problem = redirectProblem(new URL(places[a]), new URL(places[b]));
    expect(problem === undefined).toBe(allowed.has(`${a} ${b}`));
  });

  it('never lets a chain of redirects leave a secure address', () => {
    for (const first of to) {
      for (const second of to) {
        const chain = [places.secure, places[first], places[second]].map((place) => new URL(place));
        const followed = chain.slice(1).every((hop, i) => redirectProblem(chain[i] ?? hop, hop) === undefined);
        if (followed) expect(chain.every((hop) => hop.protocol === 'https:' || isLoopback(hop))).toBe(true);
      }
    }
  });
});

describe('withoutCredentials', () => {
  it.each([
    ['https://me:secret@example.org/a@b', 'https://example.org/a@b'],
    ['https://me@x@example.org/', 'https://example.org/'],
    ['https://example.org/a@b?c@d', 'https://example.org/a@b?c@d'],
    ['/a@b', '/a@b'],
  ])('%s', (url, shown) => expect(withoutCredentials(url)).toBe(shown));
});
