import { afterEach, describe, expect, it, vi } from 'vitest';
import { deadlineIn } from './deadline';
import { waitUntilOff } from './libvirt/domains';
import type { Virsh } from './libvirt/virsh';

afterEach(() => vi.restoreAllMocks());

/** Sets the clock, as a time server does with that of a machine that has slept. */
const setClock = (byMs: number): void => {
  const now = Date.now();
  vi.spyOn(Date, 'now').mockReturnValue(now + byMs);
};
const hours = 3_600_000;

describe('a deadline', () => {
  it.each([-5 * hours, 5 * hours])('does not mind that the clock is set by %i ms', (byMs) => {
    const deadline = deadlineIn(60_000);
    setClock(byMs);
    expect(deadline.isOver()).toBe(false);
    expect(deadline.leftMs()).toBeGreaterThan(59_000);
    expect(deadline.leftMs()).toBeLessThanOrEqual(60_000);
  });

  it('comes', () => {
    const deadline = deadlineIn(0);
    expect([deadline.isOver(), deadline.leftMs()]).toEqual([true, 0]);
  });
});

describe('stop', () => {
  const web = { name: 'web', uuid: '00000000-0000-4000-8000-000000000001' };
  /** A domain that is off when it has been asked some times. */
  const domain = (offAfter: number): { virsh: Virsh; asked: () => number } => {
    let asked = 0;
    const virsh: Partial<Virsh> = {
      expect: () => Promise.resolve(++asked > offAfter ? 'shut off' : 'running'),
      attempt: () => {
        setClock(asked % 2 === 0 ? hours : -hours);
        return Promise.resolve({ stdout: '', stderr: '' });
      },
    };
    return { virsh: virsh as Virsh, asked: () => asked };
  };

  it('waits for a guest as long as it says when the clock is set meanwhile', async () => {
    const { virsh, asked } = domain(5);
    expect(await waitUntilOff(virsh, web, 60_000, new AbortController().signal)).toBe(true);
    expect(asked()).toBe(6);
  });

  it('and no longer', async () => {
    const { virsh } = domain(Infinity);
    const startedAt = performance.now();
    expect(await waitUntilOff(virsh, web, 50, new AbortController().signal)).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});
