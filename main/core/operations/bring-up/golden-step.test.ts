import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { deadlineIn } from '../../deadline';
import type { ComingUp } from './guest';
import type { Environment } from '../environment';
import { captureGolden } from '../golden';
import { comingUp } from './coming-up.fixture';
import { goldenStep } from './golden-step';

vi.mock('../golden', async (original) => ({ ...(await original()), captureGolden: vi.fn() }));
vi.mock('../locks', () => ({
  withConnectionLock: (_uri: string, _what: string, _work: object, run: () => unknown) => run(),
}));
vi.mock('../../libvirt/block-copy', () => ({ resizeDisk: () => Promise.resolve() }));
vi.mock('../../guest/ssh', () => ({ sshRun: () => Promise.resolve() }));
vi.mock('./watchdog', () => ({ watchdog: () => new Promise(() => undefined) }));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const minute = 60_000;

it("a golden image takes none of the guest's time, however long it takes to make", async () => {
  const attempt = (): Promise<{ stdout: string; stderr: string }> =>
    new Promise((resolve) => setTimeout(() => resolve({ stdout: 'running (booted)', stderr: '' }), 1000));
  const env = {
    uri: 'qemu:///system',
    virsh: { attempt },
    config: { name: 'k3s-a', goldenImage: true, timeoutMs: 10 * minute },
  } as unknown as Environment;
  const guest: ComingUp = {
    ...comingUp({ makesGolden: 'golden' }),
    watch: { golden: Promise.resolve('ready'), failure: new Promise(() => undefined) } as ComingUp['watch'] & object,
    deadline: deadlineIn(10 * minute),
  };
  vi.setSystemTime(0);
  vi.mocked(captureGolden).mockImplementation(
    () => new Promise((resolve) => setTimeout(() => resolve(undefined), 9 * minute)),
  );
  const { signal } = new AbortController();
  const done = goldenStep(env).run({ signal, report: () => undefined }, guest);
  await vi.advanceTimersByTimeAsync(9 * minute + 10);
  await done;
  // The capture took 9 of the 10 minutes
  expect(guest.deadline.leftMs()).toBeGreaterThan(9 * minute);
});
