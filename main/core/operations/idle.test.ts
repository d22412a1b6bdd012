import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { countIdle } from './idle';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const minute = 60_000;

/** Counts on a VM whose traffic so far is told by the seconds that went by. */
function counting(bytesAt: (seconds: number) => number | undefined, options: { busyUntil?: number } = {}) {
  const startedAt = Date.now();
  const seconds = (): number => (Date.now() - startedAt) / 1000;
  const cancel = new AbortController();
  const state: { outcome?: boolean; endedAt?: number } = {};
  const done = countIdle(
    {
      idleMs: 10 * minute,
      traffic: () => Promise.resolve(bytesAt(seconds())),
      busy: () => seconds() < (options.busyUntil ?? 0),
    },
    cancel.signal,
  ).then((outcome) => Object.assign(state, { outcome, endedAt: seconds() }));
  return { cancel, done, state };
}

describe('counting idle time', () => {
  it('takes what a bridge says by itself for silence', async () => {
    const { state } = counting((seconds) => 30 * seconds);
    await vi.advanceTimersByTimeAsync(20 * minute);
    expect(state).toEqual({ outcome: true, endedAt: 600 });
  });

  it('takes a guest that looks for its time servers in vain for idle', async () => {
    const { state } = counting((seconds) => 30 * seconds + 7000 * Math.floor(seconds / 45));
    await vi.advanceTimersByTimeAsync(20 * minute);
    expect(state).toEqual({ outcome: true, endedAt: 600 });
  });

  it.each([
    ['one question to the API', (seconds: number) => (seconds < 500 ? 0 : 10_000), 510 + 600],
    ['counters that began anew', (seconds: number) => (seconds < 500 ? 90_000 : 1000), 510 + 600],
  ])('begins anew after %s', async (_what, bytesAt, endedAt) => {
    const { state } = counting(bytesAt);
    await vi.advanceTimersByTimeAsync(30 * minute);
    expect(state).toEqual({ outcome: true, endedAt });
  });

  it('is counted beside health checks of our own, which are subtracted', async () => {
    const total = (seconds: number): number => 30 * seconds + 60_000 * Math.floor(seconds / 60);
    const own = (seconds: number): number => 60_000 * Math.floor(seconds / 60);
    const { state } = counting((seconds) => total(seconds) - own(seconds));
    const unaware = counting(total);
    await vi.advanceTimersByTimeAsync(60 * minute);
    expect(state).toEqual({ outcome: true, endedAt: 600 });
    expect(unaware.state).toEqual({});
    unaware.cancel.abort();
    await expect(unaware.done).rejects.toThrow();
  });

  it('does not count while something is done to the VM', async () => {
    const { state } = counting(() => 0, { busyUntil: 300 });
    await vi.advanceTimersByTimeAsync(30 * minute);
    expect(state).toEqual({ outcome: true, endedAt: 270 + 600 });
  });

  it('ends when the VM does not run any more', async () => {
    const { state } = counting((seconds) => (seconds < 100 ? 0 : undefined));
    await vi.advanceTimersByTimeAsync(5 * minute);
    expect(state).toEqual({ outcome: false, endedAt: 120 });
  });

  it('ends when it is called off', async () => {
    const { cancel, done } = counting(() => 0);
    const ended = expect(done).rejects.toThrow('aborted');
    await vi.advanceTimersByTimeAsync(minute);
    cancel.abort();
    await vi.advanceTimersByTimeAsync(0);
    await ended;
  });
});
