import { EventEmitter } from 'node:events';
import { createConnection } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectToGuest } from './connect';

vi.mock('node:net');

class Attempt extends EventEmitter {
  isOpen = true;
  readonly destroy = (): void => void (this.isOpen = false);
}

let attempts: Attempt[];
beforeEach(() => {
  vi.useFakeTimers();
  attempts = [];
  vi.mocked(createConnection).mockImplementation(() => {
    const attempt = new Attempt();
    attempts.push(attempt);
    return attempt as never;
  });
});
afterEach(() => {
  vi.useRealTimers();
});

const connect = (signal = new AbortController().signal) => connectToGuest('192.0.2.1', 22, 3000, signal);
const open = (): readonly number[] => attempts.flatMap(({ isOpen }, i) => (isOpen ? [i] : []));

describe('connecting to a guest', () => {
  it('that says nothing asks anew, and keeps the connection that came first', async () => {
    const socket = connect();
    await vi.advanceTimersByTimeAsync(600);
    expect(open()).toEqual([0, 1, 2]);
    attempts[1]?.emit('connect');
    expect(await socket).toBe(attempts[1]);
    expect(open()).toEqual([1]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(attempts).toHaveLength(3);
  });

  it('that refuses ends it', async () => {
    const socket = connect();
    attempts[0]?.emit('error', new Error('refused'));
    await expect(socket).rejects.toThrow('refused');
    expect(open()).toEqual([]);
  });

  it('that stays silent ends it in time', async () => {
    const socket = expect(connect()).rejects.toThrow('no answer within 3 s');
    await vi.advanceTimersByTimeAsync(3000);
    await socket;
    expect(open()).toEqual([]);
  });

  it('ends when it is called off', async () => {
    const cancel = new AbortController();
    const socket = connect(cancel.signal);
    cancel.abort(new Error('called off'));
    await expect(socket).rejects.toThrow('called off');
    expect(open()).toEqual([]);
  });
});
