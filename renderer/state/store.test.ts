import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StreamBatch } from '../../preload/api';
import { fakeBridge, type FakeBridge } from '../dev/fake-bridge';
import { call, CallFailed, readStream } from './host';
import { connect, statsKept, takeSnapshot, useStore } from './store';

let bridge: FakeBridge;
let disconnect: () => void;
const open = (options: Parameters<typeof fakeBridge>[0] = {}): void => {
  bridge = fakeBridge(options);
  disconnect = connect(bridge);
};
beforeEach(() => useStore.setState(useStore.getInitialState()));
afterEach(() => disconnect());
const state = () => useStore.getState();
const known = () => vi.waitFor(() => expect(state().snapshot).not.toBeNull());

describe('the picture', () => {
  it('is asked for at the beginning, all of it', async () => {
    open();
    await known();
    await vi.waitFor(() => expect(state()).toMatchObject({ app: { host: 'desktop' }, connected: true }));
    expect(state().stats.length).toBeGreaterThan(0);
  });

  it('does not go back to an older one', async () => {
    open();
    await known();
    const { snapshot } = state();
    if (snapshot === null) throw new Error('no snapshot');
    takeSnapshot({ ...snapshot, sequence: snapshot.sequence + 2, name: 'newer' });
    takeSnapshot({ ...snapshot, sequence: snapshot.sequence + 1, name: 'older' });
    expect(state().snapshot?.name).toBe('newer');
    takeSnapshot({ ...snapshot, sequence: 0, project: '/elsewhere', name: 'another project' });
    expect(state()).toMatchObject({ snapshot: { name: 'another project' }, stats: [] });
  });

  it('is asked for anew when the host is back, even one that counts from the beginning', async () => {
    open();
    await known();
    bridge.link(false);
    expect(state().connected).toBe(false);
    expect(state().snapshot).not.toBeNull();
    const { connection } = state();
    bridge.link(true);
    expect(state()).toMatchObject({ connected: true, connection: connection + 1, snapshot: { sequence: -1 } });
    await vi.waitFor(() => expect(state().snapshot?.sequence).toBeGreaterThanOrEqual(0));
  });

  it('keeps five minutes of samples', async () => {
    open();
    await vi.waitFor(() => expect(state().stats.length).toBeGreaterThan(0));
    const [sample] = state().stats;
    if (sample === undefined) throw new Error('no sample');
    for (let at = 0; at < 400; at += 1) bridge.push({ name: 'stats', payload: { ...sample, at } });
    expect(state().stats).toHaveLength(statsKept);
    expect(state().stats.at(-1)?.at).toBe(399);
  });

  it('shows what could not be asked', async () => {
    const error = { code: 'INTERNAL', message: 'broken', hints: [], exitStatus: 1 } as const;
    open({
      answers: {
        'projects.list': () => {
          throw Object.assign(new Error(), { data: error });
        },
      },
    });
    await vi.waitFor(() => expect(state().toasts).toMatchObject([{ tone: 'bad', title: 'broken', error }]));
  });
});

describe('a call', () => {
  it('throws what its host says', async () => {
    const data = { code: 'BUSY', message: 'busy', hints: [], exitStatus: 14 } as const;
    open({
      answers: {
        'operation.cancel': () => {
          throw Object.assign(new Error(), { data });
        },
      },
    });
    const failure = await call('operation.cancel', null).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(CallFailed);
    expect((failure as CallFailed).data).toEqual(data);
  });
});

describe('a stream', () => {
  const batch = (stream: string, texts: readonly string[], more: Partial<StreamBatch> = {}): StreamBatch => ({
    stream,
    items: texts.map((text) => ({ text })),
    ...more,
  });
  const asked = (name: string) => bridge.calls.filter((one) => one.name === name).map(({ input }) => input);
  const never = (): void => {
    throw new Error('it opened');
  };

  it('is read from its first batch, though that may come before the answer that names it', async () => {
    let answer: (value: { stream: string }) => void = () => undefined;
    open();
    const read: string[] = [];
    readStream(
      () => new Promise((resolve) => (answer = resolve)),
      ({ items }) => void read.push(...items.map((item) => ('text' in item ? item.text : ''))),
      never,
    );
    bridge.push({ name: 'stream', payload: batch('s', ['early']) });
    answer({ stream: 's' });
    await vi.waitFor(() => expect(read).toEqual(['early']));
    bridge.push({ name: 'stream', payload: batch('s', ['later', 'lines']) });
    expect(read).toEqual(['early', 'later', 'lines']);
    await vi.waitFor(() =>
      expect(asked('stream.ack')).toEqual([
        { stream: 's', items: 1 },
        { stream: 's', items: 3 },
      ]),
    );
  });

  it('is not acknowledged before its reader has taken it', async () => {
    open();
    let taken: () => void = () => undefined;
    readStream(
      () => Promise.resolve({ stream: 's' }),
      () => new Promise<void>((resolve) => (taken = resolve)),
      never,
    );
    await Promise.resolve();
    bridge.push({ name: 'stream', payload: batch('s', ['one']) });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(asked('stream.ack')).toEqual([]);
    taken();
    await vi.waitFor(() => expect(asked('stream.ack')).toEqual([{ stream: 's', items: 1 }]));
  });

  it('is closed by its reader, even before it was open, but not once it has ended', async () => {
    open();
    let answer: (value: { stream: string }) => void = () => undefined;
    const close = readStream(() => new Promise((resolve) => (answer = resolve)), never, never);
    close();
    answer({ stream: 'late' });
    await vi.waitFor(() => expect(asked('stream.close')).toEqual([{ stream: 'late' }]));

    const ended: (StreamBatch['end'] | undefined)[] = [];
    const closeEnded = readStream(
      () => Promise.resolve({ stream: 'short' }),
      ({ end }) => void ended.push(end),
      never,
    );
    await Promise.resolve();
    bridge.push({ name: 'stream', payload: batch('short', [], { end: {} }) });
    await vi.waitFor(() => expect(ended).toEqual([{}]));
    closeEnded();
    expect(asked('stream.close')).toHaveLength(1);
  });
});
