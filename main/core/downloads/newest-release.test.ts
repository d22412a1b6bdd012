import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testServer, type TestServer } from '../testing/test-server';
import { isNewer, newestRelease } from './newest-release';

let server: TestServer;
beforeEach(async () => {
  server = await testServer();
});
afterEach(() => server.close());
const { signal } = new AbortController();
const newest = (): Promise<string> => newestRelease(`${server.url}/npm/`, signal);
const answer = (text: string): unknown => server.files.set('/npm/k3s-vm/latest', text);

describe('the newest release', () => {
  it('is what the registry says', async () => {
    answer('{"name":"k3s-vm","version":"1.2.3"}');
    expect(await newest()).toBe('1.2.3');
    expect(server.requests).toEqual(['GET /npm/k3s-vm/latest']);
  });

  it.each([
    ['no JSON', '<html>'],
    ['null', 'null'],
    ['no version', '{}'],
    ['a list', '{"version":["1.2.3"]}'],
    ['control characters', '{"version":"1.2.3\\u001b[31m"}'],
    ['a command', '{"version":"1.2.3; reboot"}'],
    ['a very long one', `{"version":"1.2.3-${'a'.repeat(1000)}"}`],
  ])('is unknown where the answer is %s', async (_what, text) => {
    answer(text);
    await expect(newest()).rejects.toMatchObject({ code: 'NEWEST_UNKNOWN', exitStatus: 12 });
  });

  it('is unknown where the registry lacks it, fails, or is elsewhere over http', async () => {
    await expect(newest()).rejects.toMatchObject({
      message: expect.stringContaining('does not have k3s-vm') as string,
    });
    server.intercept = (_, response) => {
      response.writeHead(503).end();
      return true;
    };
    await expect(newest()).rejects.toMatchObject({ code: 'NEWEST_UNKNOWN', cause: expect.stringContaining('503') });
    server.intercept = (_, response) => {
      response.writeHead(302, { location: 'http://mirror.invalid/' }).end();
      return true;
    };
    await expect(newest()).rejects.toMatchObject({
      code: 'NEWEST_UNKNOWN',
      cause: expect.stringContaining('plain http'),
    });
    await expect(newestRelease('http://mirror.invalid', signal)).rejects.toMatchObject({
      message: expect.stringContaining('plain http') as string,
    });
  });

  it('names no password of the registry', async () => {
    const { port } = new URL(server.url);
    const asked = newestRelease(`http://user:secret@127.0.0.1:${port}`, signal);
    await expect(asked).rejects.toMatchObject({ message: expect.not.stringContaining('secret') as string });
  });

  it('is given up with the signal', async () => {
    const reason = new Error('stopped');
    await expect(newestRelease(server.url, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

it.each([
  ['1.2.4', '1.2.3', true],
  ['1.10.0', '1.9.9', true],
  ['1.0.0', '1.0.0-rc.1', true],
  ['1.0.0', '1.0.0', false],
  ['0.9.0', '1.0.0', false],
  ['1.0.0-rc.1', '1.0.0', false],
])('%s is newer than %s: %s', (version, than, expected) => expect(isNewer(version, than)).toBe(expected));
