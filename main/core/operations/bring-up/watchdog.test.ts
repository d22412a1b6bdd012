import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deadlineIn } from '../../deadline';
import { isK3sVmError } from '../../errors';
import { waitForSsh } from '../../guest/ssh';
import type { Virsh, VirshOutcome } from '../../libvirt/virsh';
import { comingUp } from './coming-up.fixture';
import type { ComingUp } from './guest';
import { waitFor } from './wait';
import type { Environment } from '../environment';
import { untilQuiet, watchdog } from './watchdog';

vi.mock('../../guest/ssh', async (original) => ({ ...(await original()), waitForSsh: vi.fn() }));
vi.mock('../../libvirt/console', async (original) => ({
  ...(await original()),
  consoleTail: () => Promise.resolve('[    1.0] its last words'),
}));

beforeEach(() => {
  vi.useFakeTimers();
  vi.mocked(waitForSsh).mockRejectedValue(new Error('nobody greets'));
});
afterEach(() => {
  vi.useRealTimers();
});

const minutes = (count: number): number => count * 60_000;

describe('a guest', () => {
  /** @returns after how many seconds it counted as quiet; undefined when it did not within 10 minutes */
  async function quietAfter(look: (second: number) => string | undefined): Promise<number | undefined> {
    const ended = new AbortController();
    const startedAt = Date.now();
    let at: number | undefined;
    const second = (): number => (Date.now() - startedAt) / 1000;
    const done = untilQuiet(() => Promise.resolve(look(second())), 60_000, ended.signal).then(
      () => (at = second()),
      () => undefined,
    );
    await vi.advanceTimersByTimeAsync(minutes(10));
    ended.abort();
    await done;
    return at;
  }

  it('that does nothing any more counts as quiet after the limit', async () => {
    expect(await quietAfter((second) => `requests=${Math.min(second, 12)}`)).toBeLessThanOrEqual(12 + 60 + 10);
  });

  it('that does something now and then does not', async () => {
    expect(await quietAfter((second) => `requests=${Math.floor(second / 50)}`)).toBeUndefined();
  });

  it('that is paused, or of which libvirt does not tell, is not judged', async () => {
    expect(await quietAfter(() => undefined)).toBeUndefined();
    expect(await quietAfter((second) => (second % 60 < 10 ? undefined : 'requests=1'))).toBeUndefined();
    expect(
      await quietAfter(() => {
        throw new Error('the daemon is down');
      }),
    ).toBeUndefined();
  });

  it('is not quiet for the time in which its host slept', async () => {
    const ended = new AbortController();
    let isQuiet = false;
    const done = untilQuiet(() => Promise.resolve('requests=1'), 60_000, ended.signal).then(
      () => (isQuiet = true),
      () => undefined,
    );
    await vi.advanceTimersByTimeAsync(20_000);
    vi.setSystemTime(Date.now() + minutes(600));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(isQuiet).toBe(false);
    ended.abort();
    await done;
  });
});

/** A VM whose guest does nothing, or something from its reset on. */
function vm(kind: 'kvm' | 'qemu', options: { readonly recovers?: boolean } = {}) {
  const calls: string[] = [];
  let requests = 1;
  const outcome = (stdout: string): VirshOutcome => ({ stdout, stderr: '' });
  const answer = (args: readonly string[]): string => {
    if (args[0] === 'reset' || args[0] === 'destroy') calls.push(args.join(' '));
    if (calls.length > 0 && options.recovers === true) requests++;
    if (args[0] === 'domstats') return `  state.state=1\n  block.0.rd.reqs=${requests}\n`;
    if (args[0] === 'domstate') return 'running (booted)';
    if (args[0] === 'vol-info') return 'Capacity:       100\n';
    if (args[0] === 'dumpxml') {
      return `<domain type='${kind}' id='3'><name>k3s-a</name><uuid>u</uuid><memory unit='KiB'>1</memory>
        <vcpu>1</vcpu><devices/></domain>`;
    }
    return '';
  };
  const virsh: Virsh = {
    uri: 'qemu:///system',
    attempt: async (args) => {
      // libvirt waits that long for an event
      if (args[0] === 'event') await new Promise((resolve) => setTimeout(resolve, 5000));
      return outcome(answer(args));
    },
    run: (args) => Promise.resolve(answer(args)),
    expect: (_, args) => Promise.resolve(answer(args)),
    batch: (commands) => Promise.resolve({ outputs: commands.map(answer), stderr: '' }),
  };
  const env = {
    virsh,
    uri: virsh.uri,
    config: { name: 'k3s-a', project: '/p', timeoutMs: minutes(10) },
  } as Environment;
  return { env, calls };
}

const guestIn = (phase: 'created' | 'provisioned', more: Partial<ComingUp> = {}): ComingUp => ({
  ...comingUp({ phase, address: '127.0.0.1', sshPort: 1 }),
  deadline: deadlineIn(minutes(10)),
  ...more,
});

/** What the watchdog does within some time. */
async function watched(env: Environment, of: ComingUp, ms: number): Promise<{ error: unknown; told: string[] }> {
  const ended = new AbortController();
  const told: string[] = [];
  let error: unknown;
  const done = watchdog(env, of, {
    signal: ended.signal,
    report: ({ message }) => void told.push(message ?? ''),
  }).catch((reason: unknown) => {
    if (!ended.signal.aborted) error = reason;
  });
  await vi.advanceTimersByTimeAsync(ms);
  ended.abort();
  await done;
  return { error, told };
}

describe('the watchdog', () => {
  it('resets a guest that hangs, once, and says so', async () => {
    const { env, calls } = vm('kvm', { recovers: true });
    const guest = guestIn('provisioned');
    const { error, told } = await watched(env, guest, minutes(10));
    expect(calls).toEqual(['reset uuid']);
    expect(told).toEqual(['the guest hangs; resetting it']);
    expect(error).toBeUndefined();
    expect(guest.wasReset).toBe(true);
  });

  it('gives up a guest that hangs again', async () => {
    const { env, calls } = vm('kvm');
    const { error } = await watched(env, guestIn('provisioned'), minutes(3));
    expect(calls).toEqual(['reset uuid']);
    expect(isK3sVmError(error, 'GUEST_HUNG')).toBe(true);
    expect(String(error)).toMatch(/for 1m .* Resetting it did not help\. It was powered off\..*its last words/s);
  });

  it('does not have a guest be provisioned twice', async () => {
    const { env, calls } = vm('kvm');
    const { error } = await watched(env, guestIn('created', { underWay: true }), minutes(3));
    expect(calls).toEqual([]);
    expect(isK3sVmError(error, 'GUEST_HUNG')).toBe(true);
    const early = vm('kvm');
    await watched(early.env, guestIn('created'), minutes(2));
    expect(early.calls).toHaveLength(1);
  });

  it('gives an emulated guest more time', async () => {
    const { env, calls } = vm('qemu');
    await watched(env, guestIn('provisioned'), minutes(1.5));
    expect(calls).toEqual([]);
    await watched(env, guestIn('provisioned'), minutes(4));
    expect(calls).toHaveLength(1);
  });

  it('leaves a guest at rest alone whose sshd greets', async () => {
    vi.mocked(waitForSsh).mockResolvedValue(undefined);
    const { env, calls } = vm('kvm');
    const { error } = await watched(env, guestIn('provisioned'), minutes(10));
    expect([calls, error]).toEqual([[], undefined]);
  });

  it('leaves a guest that was given up powered off: the next setup or start boots it', async () => {
    const { env, calls } = vm('kvm');
    const { signal } = new AbortController();
    const never = (): Promise<never> => new Promise(() => undefined);
    const done = waitFor(env, guestIn('provisioned'), { signal, report: () => undefined }, never, never);
    const failed = expect(done).rejects.toMatchObject({ code: 'GUEST_HUNG' });
    await vi.advanceTimersByTimeAsync(minutes(3));
    await failed;
    expect(calls).toEqual(['reset uuid', 'destroy uuid']);
  });
});
