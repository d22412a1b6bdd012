import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HealthCheck } from '../../cluster';
import { askUntilReady, type Asked, type ReadyOptions } from './ready';

const check = (id: string, state: HealthCheck['state']): HealthCheck => ({ id, title: id, state, detail: id });
const starting = [check('api', 'ok'), check('readyz', 'failed')];
const ready = [check('api', 'ok'), check('readyz', 'ok'), check('node', 'ok'), check('workloads', 'ok')];

/** Asks a cluster whose answers take some time and which is ready at some time. @returns when it was asked, in ms */
function asking(cluster: { answerMs: number; readyAt: number }, options: Partial<ReadyOptions> = {}) {
  const startedAt = Date.now();
  const askedAt: number[] = [];
  const ask = async (): Promise<Asked> => {
    askedAt.push(Date.now() - startedAt);
    await new Promise((resolve) => setTimeout(resolve, cluster.answerMs));
    return { checks: Date.now() - startedAt < cluster.readyAt ? starting : ready };
  };
  const { signal } = new AbortController();
  return { askedAt, done: askUntilReady(ask, 'all', { signal, report: () => undefined, ...options }) };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('waiting for a cluster', () => {
  it('notices a quick one within 250 ms', async () => {
    const { askedAt, done } = asking({ answerMs: 5, readyAt: 1000 });
    await vi.advanceTimersByTimeAsync(1300);
    await done;
    expect((askedAt.at(-1) ?? 0) + 5 - 1000).toBeLessThanOrEqual(260);
  });

  it('leaves a slow one most of its time', async () => {
    const { askedAt, done } = asking({ answerMs: 400, readyAt: 20_000 });
    await vi.advanceTimersByTimeAsync(30_000);
    await done;
    expect(400 * askedAt.length).toBeLessThanOrEqual((askedAt.at(-1) ?? 0) / 4);
  });

  it.each([
    ['between two questions', 7000],
    ['while it answers', 9500],
  ])('asks soon when K3s says that it is up, %s', async (_when, upAt) => {
    // Asked at 0, 9000 …, answered 1800 later
    const wake = new Promise<void>((resolve) => setTimeout(resolve, upAt));
    const { askedAt, done } = asking({ answerMs: 1800, readyAt: upAt + 2000 }, { wake });
    await vi.advanceTimersByTimeAsync(60_000);
    await done;
    const isAsked = askedAt.some((at) => at >= upAt && at <= Math.max(upAt, 9000 + 1800) + 250);
    expect(isAsked, askedAt.join()).toBe(true);
  });

  it('need not spare one that was only saved', async () => {
    const { askedAt, done } = asking({ answerMs: 1000, readyAt: 5000 }, { resumed: true });
    await vi.advanceTimersByTimeAsync(10_000);
    await done;
    expect(askedAt).toEqual([0, 1250, 2500, 3750, 5000].slice(0, askedAt.length));
  });

  it('does not spare one that says nothing', async () => {
    vi.setSystemTime(0);
    const silent = async (): Promise<Asked> => {
      await new Promise((resolve) => setTimeout(resolve, 3000));
      return Date.now() < 10_000 ? { checks: [check('api', 'failed')], unheard: true } : { checks: ready };
    };
    const { signal } = new AbortController();
    const done = askUntilReady(silent, 'all', { signal, report: () => undefined });
    await vi.advanceTimersByTimeAsync(13_500);
    await expect(done).resolves.toBeUndefined();
  });

  it('waits for what else is pending', async () => {
    let isRight = false;
    const pending = (): readonly string[] => (isRight ? [] : ['the clock']);
    const { askedAt, done } = asking({ answerMs: 5, readyAt: 0 }, { resumed: true, pending });
    await vi.advanceTimersByTimeAsync(700);
    isRight = true;
    await vi.advanceTimersByTimeAsync(300);
    await expect(done).resolves.toBeUndefined();
    expect(askedAt).toHaveLength(4);
  });

  it('goes on without that word when nobody can tell it', async () => {
    const { done } = asking({ answerMs: 5, readyAt: 1000 }, { wake: Promise.reject(new Error('no SSH')) });
    await vi.advanceTimersByTimeAsync(2000);
    await expect(done).resolves.toBeUndefined();
  });

  it('ends with its signal', async () => {
    const ended = new AbortController();
    const { done } = asking({ answerMs: 5, readyAt: Infinity }, { signal: ended.signal });
    const failed = expect(done).rejects.toThrow('enough');
    await vi.advanceTimersByTimeAsync(100);
    ended.abort(new Error('enough'));
    await vi.advanceTimersByTimeAsync(300);
    await failed;
  });
});
