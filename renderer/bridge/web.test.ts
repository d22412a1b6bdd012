import { describe, expect, it, vi } from 'vitest';
import type { Push, WebMessage } from '../../preload/api';
import { webBridge } from './web';

interface Asked {
  readonly url: string;
  readonly init: RequestInit;
}

/** A browser whose event streams the test writes. `answer` is what calls are answered with. */
function browser(answer: () => Promise<Response> = () => Promise.reject(new Error('refused'))) {
  const asked: Asked[] = [];
  const streams: ReadableStreamDefaultController<Uint8Array>[] = [];
  const timers: { readonly work: () => void; readonly ms: number }[] = [];
  let status = 200;
  const refused = vi.fn();
  const bridge = webBridge(
    { secret: 'the secret', refused },
    {
      fetch: ((url: string, init: RequestInit) => {
        asked.push({ url, init });
        if (url !== '/api/events') return answer();
        if (status !== 200) return Promise.resolve(new Response('', { status }));
        const body = new ReadableStream<Uint8Array>({ start: (controller) => void streams.push(controller) });
        return Promise.resolve(new Response(body));
      }) as typeof fetch,
      setTimeout: (work, ms) => timers.push({ work, ms }),
    },
  );
  /** Lets what was written be read. */
  const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
  const write = async (stream: number, text: string): Promise<void> => {
    await settle();
    streams[stream]?.enqueue(new TextEncoder().encode(text));
    await settle();
  };
  const say = (stream: number, message: WebMessage): Promise<void> => write(stream, `${JSON.stringify(message)}\n`);
  const breakOff = async (stream: number): Promise<void> => {
    await settle();
    streams[stream]?.error(new Error('broken'));
    await settle();
  };
  return {
    bridge,
    asked,
    streams,
    timers,
    refused,
    settle,
    write,
    say,
    breakOff,
    answerWith: (s: number) => (status = s),
  };
}

const push = (page: 'logs' | 'overview'): { readonly push: Push } => ({
  push: { name: 'navigate', payload: { page } },
});

describe('the web bridge', () => {
  it('sends the secret with the stream, and with calls under the session that the stream named', async () => {
    const { bridge, asked, say } = browser(() => Promise.resolve(new Response('{"ok":true,"value":null}')));
    await say(0, { session: 's1' });
    expect(await bridge.call('stream.close', { stream: 'x' })).toEqual({ ok: true, value: null });
    expect(asked).toEqual([
      { url: '/api/events', init: { headers: { Authorization: 'Bearer the secret' } } },
      {
        url: '/api/call/stream.close',
        init: {
          method: 'POST',
          headers: {
            Authorization: 'Bearer the secret',
            'Content-Type': 'application/json',
            'X-K3s-Vm-Session': 's1',
          },
          body: '{"stream":"x"}',
        },
      },
    ]);
  });

  it('fails at once with what to do while there is no server', async () => {
    const { bridge, say } = browser();
    const lost = { ok: false, error: { hints: [{ command: 'bin/k3s-vm dashboard --web' }] } };
    expect(await bridge.call('app.info', null)).toMatchObject(lost);
    await say(0, { session: 's1' });
    expect(await bridge.call('app.info', null)).toMatchObject({ ...lost, error: { cause: 'Error: refused' } });
  });

  it('takes a lost stream up again, more slowly each time, and says so once', async () => {
    const { bridge, timers, say, breakOff } = browser();
    const links: boolean[] = [];
    bridge.onLink((connected) => links.push(connected));
    await say(0, { session: 's1' });
    for (let attempt = 0; attempt < 8; attempt += 1) {
      await breakOff(attempt);
      timers[attempt]?.work();
    }
    expect(links).toEqual([true, false]);
    const waits = timers.map(({ ms }) => ms);
    expect(waits[0]).toBeLessThan(320);
    expect(Math.max(...waits)).toBeLessThanOrEqual(6250);
    expect(waits.at(-1)).toBeGreaterThanOrEqual(3750);
    await say(8, { session: 's2' });
    expect(links).toEqual([true, false, true]);
  });

  it('says once that a server which was started again does not know it, and leaves it alone', async () => {
    const { timers, refused, say, breakOff, settle, answerWith } = browser();
    await say(0, { session: 's1' });
    answerWith(401);
    await breakOff(0);
    timers[0]?.work();
    await settle();
    expect(refused).toHaveBeenCalledOnce();
    expect(timers).toHaveLength(1);
  });

  it('tells every listener until it goes, and a late one whether there is a link', async () => {
    const { bridge, say } = browser();
    const told: Push[] = [];
    const stop = bridge.subscribe((push) => told.push(push));
    await say(0, { session: 's1' });
    await say(0, push('logs'));
    stop();
    await say(0, push('overview'));
    expect(told).toEqual([push('logs').push]);
    const links: boolean[] = [];
    bridge.onLink((connected) => links.push(connected));
    expect(links).toEqual([true]);
  });

  it('puts messages together that come in pieces, whatever the pieces', async () => {
    const { bridge, write } = browser();
    const told: Push[] = [];
    bridge.subscribe((push) => told.push(push));
    const text = `${JSON.stringify({ session: 's1' })}\n\n${JSON.stringify(push('logs'))}\n${JSON.stringify(push('overview'))}\n`;
    for (const [from, to] of [
      [0, 3],
      [3, 20],
      [20, 60],
      [60, text.length],
    ])
      await write(0, text.slice(from, to));
    expect(told).toEqual([push('logs').push, push('overview').push]);
  });
});
