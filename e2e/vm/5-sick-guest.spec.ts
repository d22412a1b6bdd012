/**
 * A guest that is not well, under qemu:///system: K3s stopped and masked, certificates near their end and past it, a
 * kernel that hangs. Its MAC address consists of digits, which YAML 1.1 takes for a number.
 */
import { expect, test } from '@playwright/test';
import { virsh } from '../harness/host-state';
import type { Project } from '../harness/project';
import { errorOf, expectOk, newProject, realK3s, smallVm } from '../harness/suite';

test.describe.configure({ mode: 'serial' });

/** Its MAC address is 52:54:00:22:05:48. */
const name = 'k3s-digits-26';
let project: Project;

interface Check {
  readonly id: string;
  readonly state: string;
  readonly detail: string;
  readonly diagnosis?: string;
  readonly fix?: { readonly command?: string };
}
const check = async (id: string): Promise<Check | undefined> =>
  (JSON.parse((await project.k3sVm(['status', '--json'])).stdout) as { checks: readonly Check[] }).checks.find(
    (one) => one.id === id,
  );
const guest = async (command: string): Promise<string> =>
  expectOk(await project.k3sVm(['shell', '--', 'sudo', 'sh', '-c', command])).stdout.trim();

test.beforeAll(async () => {
  // Without a golden image: with one, cloud-init does not configure the network
  project = await newProject(smallVm({ name, connection: 'qemu:///system', goldenImage: false, timeout: '20m' }));
});
test.afterAll(async () => {
  expectOk(await project.k3sVm(['reset', '--yes']));
  await project.remove();
});

test('a MAC address of digits reaches the guest as it is', async () => {
  expectOk(await project.k3sVm(['setup']));
  expect(await virsh(['dumpxml', name])).toMatch(/<mac address='52:54:00(:[0-5]\d){3}'/);
});

test('a K3s that is stopped is called so, and started by the command that is told', async () => {
  await guest('systemctl stop k3s');
  expect(await check('k3s')).toMatchObject({
    state: 'failed',
    detail: 'stopped',
    fix: { command: expect.stringMatching(/k3s-vm shell -- sudo systemctl start k3s$/) as unknown },
  });
  expect((await check('api'))?.diagnosis).toBe('K3s is stopped.');
  expectOk(await project.k3sVm(['shell', '--', 'sudo', 'systemctl', 'start', 'k3s']));
  expect(await check('k3s')).toMatchObject({ state: 'ok' });
});

test('a K3s that is masked ends a start at once, with the command that helps', async () => {
  // systemd masks no unit whose file is in /etc
  await guest('mv /etc/systemd/system/k3s.service /usr/lib/systemd/system/ && systemctl daemon-reload');
  await guest('systemctl stop k3s && systemctl mask k3s');
  const masked = await check('k3s');
  expect(masked).toMatchObject({ state: 'failed', detail: 'masked' });
  const startedAt = Date.now();
  const error = errorOf(await project.k3sVm(['start', '--json']));
  expect(error).toMatchObject({ code: 'K3S_FAILED', message: expect.stringContaining('masked') as unknown });
  expect(Date.now() - startedAt).toBeLessThan(60_000);
  expect(JSON.stringify(error.hints)).toContain('systemctl unmask k3s');
  expect(masked?.fix?.command).toContain('systemctl unmask k3s && systemctl start k3s');
  await guest('systemctl unmask k3s && systemctl start k3s');
  expectOk(await project.k3sVm(['start']));
});

test.describe('certificates', () => {
  test.skip(realK3s(), 'a real K3s does not run with a clock that is before its certificates');

  /** Has K3s make its certificates at another time. They hold for a year. */
  const certificatesFrom = (daysAgo: number): Promise<string> =>
    guest(
      `now=$(date +%s); up=$(cut -d. -f1 /proc/uptime)
      date -s "-${daysAgo} days" && rm -f /var/lib/rancher/k3s/server/tls/*.json && systemctl restart k3s
      date -s "@$((now + $(cut -d. -f1 /proc/uptime) - up))"`,
    );

  test('that end soon are told by status, and renewed when the VM is resumed', async () => {
    await certificatesFrom(345);
    expectOk(await project.k3sVm(['kubeconfig', '--refresh']));
    expect(await check('certificates')).toMatchObject({
      state: 'warning',
      fix: { command: expect.stringMatching(/ restart$/) },
    });
    expectOk(await project.k3sVm(['suspend']));
    const resumed = expectOk(await project.k3sVm(['resume']));
    expect(resumed.stderr).toContain("K3s' certificates were renewed");
    expect(await check('certificates')).toMatchObject({ state: 'ok' });
    expectOk(await project.kubectl(['get', 'nodes']));
  });

  test('that ended while the VM was suspended are renewed too', async () => {
    await certificatesFrom(400);
    expectOk(await project.k3sVm(['kubeconfig', '--refresh']));
    expect(await check('certificates')).toMatchObject({ state: 'failed' });
    expectOk(await project.k3sVm(['suspend']));
    expectOk(await project.k3sVm(['resume']));
    expect(await check('certificates')).toMatchObject({ state: 'ok' });
    expectOk(await project.kubectl(['get', 'nodes']));
  });
});

test('a guest whose kernel hangs is reset by start, and comes back', { tag: '@long' }, async () => {
  const boot = await guest('cat /proc/sys/kernel/random/boot_id');
  // A panic that reaches the hypervisor ends the VM (on_crash): this one does not, and its kernel spins for ever
  await guest(
    `echo 0 >/proc/sys/kernel/panic
    for device in /sys/bus/*/drivers/pvpanic*/*:*; do echo "\${device##*/}" >"\${device%/*}/unbind"; done
    systemd-run --quiet sh -c 'sync; sleep 1; echo c >/proc/sysrq-trigger'`,
  );
  await new Promise((resolve) => setTimeout(resolve, 5000));
  expect(await virsh(['domstate', name])).toContain('running');
  const started = expectOk(await project.k3sVm(['start', '--progress', 'json']));
  expect(started.stderr).toContain('the guest hangs; resetting it');
  expect(started.stderr).toContain('the guest hung, and was reset');
  expect(await guest('cat /proc/sys/kernel/random/boot_id')).not.toBe(boot);
});
