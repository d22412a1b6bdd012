import { describe, expect, it } from 'vitest';
import type { Push } from '../../preload/api';
import { webBridge } from './web';

type Listener = (event: { readonly data: string }) => void;

function browser(
  answer: (url: string, init: RequestInit) => Promise<Response> = () => Promise.reject(new Error('refused')),
) {
  const streams: { readonly listeners: Map<string, Listener>; closed: boolean }[] = [];
  const timers: { readonly work: () => void; readonly ms: number }[] = [];
  class FakeEventSource {
    readonly stream = { listeners: new Map<string, Listener>(), closed: false };
    constructor() {
      streams.push(this.stream);
    }
    addEventListener(name: string, listener: Listener): void {
      this.stream.listeners.set(name, listener);
    }
    close(): void {
      this.stream.closed = true;
    }
  }
  const bridge = webBridge({
    fetch: ((url: string, init: RequestInit) => answer(url, init)) as unknown as typeof fetch,
    EventSource: FakeEventSource as unknown as typeof EventSource,
    setTimeout: (work, ms) => timers.push({ work, ms }),
  });
  const say = (stream: number, event: string, data: unknown = {}): void =>
    streams[stream]?.listeners.get(event)?.({ data: JSON.stringify(data) });
  return { bridge, streams, timers, say };
}

describe('the web bridge', () => {
  it('calls under the session that the stream named', async () => {
    const asked: unknown[] = [];
    const { bridge, say } = browser((url, init) => {
      asked.push([url, init.headers, init.body]);
      return Promise.resolve(new Response('{"ok":true,"value":null}'));
    });
    say(0, 'hello', { session: 's1' });
    expect(await bridge.call('stream.close', { stream: 'x' })).toEqual({ ok: true, value: null });
    expect(asked).toEqual([
      ['/api/call/stream.close', { 'Content-Type': 'application/json', 'X-K3s-Vm-Session': 's1' }, '{"stream":"x"}'],
    ]);
  });

  it('fails at once with what to do while there is no server', async () => {
    const { bridge, say } = browser();
    const lost = { ok: false, error: { hints: [{ command: 'bin/k3s-vm dashboard --web' }] } };
    expect(await bridge.call('app.info', null)).toMatchObject(lost);
    say(0, 'hello', { session: 's1' });
    expect(await bridge.call('app.info', null)).toMatchObject({ ...lost, error: { cause: 'Error: refused' } });
  });

  it('takes a lost stream up again, more slowly each time, and says so once', () => {
    const { bridge, streams, timers, say } = browser();
    const links: boolean[] = [];
    bridge.onLink((connected) => links.push(connected));
    say(0, 'hello', { session: 's1' });
    for (let attempt = 0; attempt < 8; attempt += 1) {
      say(attempt, 'error');
      expect(streams[attempt]?.closed).toBe(true);
      timers[attempt]?.work();
    }
    expect(links).toEqual([true, false]);
    const waits = timers.map(({ ms }) => ms);
    expect(waits[0]).toBeLessThan(320);
    expect(Math.max(...waits)).toBeLessThanOrEqual(6250);
    expect(waits.at(-1)).toBeGreaterThanOrEqual(3750);
    say(8, 'hello', { session: 's2' });
    expect(links).toEqual([true, false, true]);
  });

  it('tells every listener until it goes, and a late one whether there is a link', () => {
    const { bridge, say } = browser();
    const told: Push[] = [];
    const stop = bridge.subscribe((push) => told.push(push));
    say(0, 'hello', { session: 's1' });
    say(0, 'push', { name: 'navigate', payload: { page: 'logs' } });
    stop();
    say(0, 'push', { name: 'navigate', payload: { page: 'overview' } });
    expect(told).toEqual([{ name: 'navigate', payload: { page: 'logs' } }]);
    const links: boolean[] = [];
    bridge.onLink((connected) => links.push(connected));
    expect(links).toEqual([true]);
  });
});
