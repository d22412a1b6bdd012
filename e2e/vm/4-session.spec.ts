/**
 * The same main job without any privileges: qemu:///session of a user who is in no group.
 */
import { expect, test } from '@playwright/test';
import { execa } from 'execa';
import { repository } from '../harness/world';
import type { Project } from '../harness/project';
import { deploymentYaml, errorOf, expectOk, newProject, smallVm } from '../harness/suite';

test.describe.configure({ mode: 'serial' });

const libvirt = (...args: string[]): ReturnType<typeof execa> => execa(`${repository}/e2e/host/libvirt.sh`, args);
const userName = 'k3s-vm-e2e';
let project: Project;

const volumes = async (): Promise<string> => {
  const list =
    'virsh -q -c qemu:///session list --all --name; virsh -q -c qemu:///session pool-refresh default >/dev/null; virsh -q -c qemu:///session vol-list default';
  return String((await libvirt('user-run', userName, 'sh', '-c', list)).stdout).trim();
};

test.beforeAll(async () => {
  await libvirt('user-add', userName);
  const id = async (flag: string): Promise<number> => Number((await execa('id', [flag, userName])).stdout);
  const user = { name: userName, uid: await id('-u'), gid: await id('-g') };
  project = await newProject(smallVm(), { user });
});
test.afterAll(async () => {
  expectOk(await project.k3sVm(['reset', '--yes']));
  await libvirt('user-remove', userName);
  await project.remove();
});

test('qemu:///system is refused to this user, with the group and the way around', async () => {
  const result = await project.k3sVm(['setup', '--connection', 'qemu:///system', '--json']);
  expect(errorOf(result).code).toBe('PERMISSION_DENIED');
  expect(JSON.stringify(errorOf(result).hints)).toContain('qemu:///session');
});

test('setup chooses the session by itself and makes a cluster that answers', async () => {
  expectOk(await project.k3sVm(['setup']));
  const status = await project.k3sVm(['status', '--json']);
  expect(JSON.parse(status.stdout), status.stdout).toMatchObject({
    healthy: true,
    vm: { connection: 'qemu:///session', state: 'running', address: '127.0.0.1' },
  });
  expectOk(await project.kubectl(['apply', '-f', '-'], { input: deploymentYaml('web') }));
  expectOk(await project.kubectl(['rollout', 'status', 'deployment/web', '--timeout=180s']));
  expect((await project.k3sVm(['logs', '--source', 'console', '-n', '3'])).stdout.trim()).not.toBe('');
});

test('what was deployed survives a restart', async () => {
  const boot = async (): Promise<string> =>
    expectOk(await project.k3sVm(['shell', '--', 'cat', '/proc/sys/kernel/random/boot_id'])).stdout;
  const before = await boot();
  expectOk(await project.k3sVm(['restart']));
  expect(await boot()).not.toBe(before);
  expectOk(await project.kubectl(['rollout', 'status', 'deployment/web', '--timeout=180s']));
});

test('reset leaves nothing of it', async () => {
  expectOk(await project.k3sVm(['reset', '--yes']));
  expectOk(await project.k3sVm(['cache', 'prune']));
  expect(await volumes()).toBe('');
});
