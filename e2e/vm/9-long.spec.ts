/**
 * What takes minutes because it waits for time to pass, or repeats a way that the suite goes once: `npm test -- long`.
 */
import { expect, test } from '@playwright/test';
import { guestClock } from '../harness/guest-clock';
import { virsh } from '../harness/host-state';
import type { Project } from '../harness/project';
import { expectOk, newProject, smallVm } from '../harness/suite';

test.describe.configure({ mode: 'serial' });

let project: Project;
let name: string;

interface StatusAnswer {
  readonly vm: { readonly name: string; readonly state: string; readonly savedBytes?: number };
  readonly healthy: boolean | null;
}
const status = async (): Promise<StatusAnswer> =>
  JSON.parse((await project.k3sVm(['status', '--json'])).stdout) as StatusAnswer;
const guest = async (command: string): Promise<string> =>
  expectOk(await project.k3sVm(['shell', '--', 'sh', '-c', command])).stdout.trim();
const clock = guestClock(guest);

test.beforeAll(async () => {
  project = await newProject(smallVm({ connection: 'qemu:///system' }));
});
test.afterAll(async () => {
  expectOk(await project.k3sVm(['reset', '--yes']));
  await project.remove();
});

test.describe('Long waits', { tag: '@long' }, () => {
  test('setups killed while copying, while booting and while waiting continue to the end', async () => {
    const killedAt = async (step: string, text = ''): Promise<void> => {
      const killWhen = (line: string): boolean => line.includes(`"step":"${step}"`) && line.includes(text);
      const result = await project.k3sVm(['setup', '--progress', 'json'], { killWhen });
      expect(result.exitCode, result.stderr.slice(-2000)).not.toBe(0);
    };
    // With a golden image there is nothing to copy
    expectOk(await project.k3sVm(['config', 'set', 'goldenImage', 'false']));
    await killedAt('create', 'copying');
    expectOk(await project.k3sVm(['config', 'unset', 'goldenImage']));
    await killedAt('boot');
    await killedAt('kubeconfig');
    expectOk(await project.k3sVm(['setup']));
    ({ name } = (await status()).vm);
  });

  test('a cluster that nobody uses is suspended by itself', async () => {
    expectOk(await project.k3sVm(['config', 'set', 'autoSuspend', '1m']));
    expectOk(await project.k3sVm(['start']));
    expectOk(await project.k3sVm(['config', 'unset', 'autoSuspend']));
    // Asking the guest now would be traffic
    await expect
      .poll(() => virsh(['domstate', '--reason', name]), { timeout: 5 * 60_000, intervals: [1000] })
      .toContain('shut off (saved)');
    // Its size is noted last
    await expect.poll(async () => (await status()).vm.savedBytes, { timeout: 30_000 }).toBeGreaterThan(50e6);
    expectOk(await project.k3sVm(['start']));
    expect(await status()).toMatchObject({ healthy: true });
  });

  test('when its host has slept, its clock is corrected', async () => {
    // What a guest sees of it: nothing, until it runs again
    const before = await clock.corrections();
    await virsh(['suspend', name]);
    await new Promise((resolve) => setTimeout(resolve, 8000));
    await virsh(['resume', name]);
    await expect.poll(clock.corrections, { timeout: 60_000, intervals: [2000] }).toBeGreaterThan(before);
    expect(await clock.offset()).toBeLessThan(1000);
    // What somebody sets it to is left alone, also at the next such time
    const after = await clock.corrections();
    await guest('sudo date -s "-1 hour"');
    await virsh(['suspend', name]);
    await virsh(['resume', name]);
    await new Promise((resolve) => setTimeout(resolve, 12_000));
    expect(await clock.offset()).toBeGreaterThan(3_590_000);
    await guest('sudo date -s "+1 hour"');
    expect(await clock.corrections()).toBe(after);
  });
});
