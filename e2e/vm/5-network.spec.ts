/**
 * k3s-vm's own network on a real guest: made beside what the host has, made again, moved out of the way, removed.
 */
import { expect, test } from '@playwright/test';
import { execa } from 'execa';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hostState, virsh, type HostState } from '../harness/host-state';
import type { Project } from '../harness/project';
import { deploymentYaml, errorOf, expectOk, expectUnchanged, newProject, smallVm } from '../harness/suite';

// Three boots of an emulated guest
test.describe.configure({ mode: 'serial', timeout: 20 * 60_000 });

const network = 'k3s-vm';
const bridge = 'virbr-k3svm';
/** An interface of the host's that has a route to a subnet, as a VPN's has. */
const tunnel = 'k3svm-e2e0';
let project: Project;
let before: HostState;

const ip = (...args: string[]): Promise<unknown> => execa('ip', args);
const removeTunnel = (): Promise<unknown> => ip('link', 'del', tunnel).catch(() => undefined);
/** Gives the host a route to a subnet, and takes the one before away. */
async function claim(address: string): Promise<void> {
  await removeTunnel();
  await ip('link', 'add', tunnel, 'type', 'bridge');
  await ip('addr', 'add', address, 'dev', tunnel);
  await ip('link', 'set', tunnel, 'up');
}
const subnet = async (): Promise<string> =>
  /<ip address='(\d+\.\d+\.\d+)\.1'/.exec(await virsh(['net-dumpxml', network]))?.[1] ?? '';
const address = async (): Promise<string> => {
  const { stdout } = await project.k3sVm(['status', '--json']);
  return (JSON.parse(stdout) as { vm: { address: string } }).vm.address;
};
const doctorLine = async (id: string) => {
  const { stdout } = await project.k3sVm(['doctor', '--json']);
  const { checks } = JSON.parse(stdout) as { checks: { id: string; state: string; detail: string; fix?: string }[] };
  return checks.find((check) => check.id === id);
};

test.beforeAll(async () => {
  await removeTunnel();
  project = await newProject(smallVm({ connection: 'qemu:///system', timeout: '18m' }));
  before = await hostState();
});
test.afterAll(async () => {
  await removeTunnel();
  expectOk(await project.k3sVm(['reset', '--yes']));
  await project.remove();
});

test('setup makes it on a subnet that the host does not use, without STP, for every boot; reset removes it', async () => {
  expect(before.networks).not.toContain(network);
  await claim('192.168.150.1/24');
  expect((await doctorLine('network'))?.detail).toContain('is created with the first VM');
  // The guest is not waited for
  const started = (line: string): boolean => line.includes('"step":"start"') && line.includes('"state":"done"');
  const result = await project.k3sVm(['setup', '--progress', 'json'], { killWhen: started });
  expect(result.stderr).toContain(`192.168.151.0/24 on ${bridge}`);
  expect(await subnet()).toBe('192.168.151');
  expect((await readFile(`/sys/class/net/${bridge}/bridge/stp_state`, 'utf8')).trim()).toBe('0');
  expect(await virsh(['net-info', network])).toMatch(/Autostart:\s+yes/);
  expect(await address()).toMatch(/^192\.168\.151\./);

  const foreign = join(project.home, 'foreign.xml');
  await writeFile(
    foreign,
    `<domain type='qemu'><name>foreign</name><memory>65536</memory><os><type>hvm</type></os><devices>
    <interface type='network'><source network='${network}'/></interface></devices></domain>`,
  );
  await virsh(['define', foreign]);
  try {
    expectOk(await project.k3sVm(['reset', '--yes']));
    expect(await virsh(['net-list', '--name']), 'not while a VM of somebody else is on it').toContain(network);
  } finally {
    await virsh(['undefine', 'foreign']);
  }
  expect(expectOk(await project.k3sVm(['reset', '--yes'])).stdout).toContain(`network ${network}`);
  await expectUnchanged(before);
});

test('a VM on it comes up', async () => {
  expectOk(await project.k3sVm(['setup']));
  expect(await subnet()).toBe('192.168.151');
  expectOk(await project.kubectl(['apply', '-f', '-'], { input: deploymentYaml('web') }));
});

test('somebody removes it: the next start makes it again, with the VM’s address', async () => {
  const had = await address();
  expectOk(await project.k3sVm(['suspend']));
  await virsh(['net-destroy', network]);
  await virsh(['net-undefine', network]);
  const started = expectOk(await project.k3sVm(['start', '--progress', 'json']));
  expect(started.stderr).toContain(`created its network \\"${network}\\" again`);
  expect(await address()).toBe(had);
  expectOk(await project.k3sVm(['status']));
});

test('a VPN takes its subnet: doctor says so and moves it once no VM is on it', async () => {
  await claim('192.168.151.200/24');
  const running = await doctorLine('network');
  expect(running).toMatchObject({ state: 'failed' });
  expect(running?.detail).toContain(tunnel);
  expect(running?.fix).toBeUndefined();

  // A suspended VM has the old address in its memory
  expectOk(await project.k3sVm(['suspend', '--progress', 'json']));
  expect((await doctorLine('network'))?.fix).toContain('192.168.150.0/24');
  expectOk(await project.k3sVm(['doctor', '--fix']));
  expect(await subnet()).toBe('192.168.150');
  const refused = await project.k3sVm(['start', '--json']);
  expect(errorOf(refused)).toMatchObject({ code: 'ADDRESS_STRANDED' });
  expect(JSON.stringify(errorOf(refused).hints)).toContain('start --discard-saved');
});

test('the VM boots with an address in the new subnet, and the cluster is as it was', async () => {
  const started = expectOk(await project.k3sVm(['start', '--discard-saved', '--progress', 'json']));
  expect(started.stderr).toContain('its address is now 192.168.150.');
  expect(await address()).toMatch(/^192\.168\.150\./);
  const status = await project.k3sVm(['status']);
  expect(status.exitCode, status.stdout).toBe(0);
  expectOk(await project.kubectl(['rollout', 'status', 'deployment/web', '--timeout=180s']));
});

test('it goes with the last VM', async () => {
  const result = expectOk(await project.k3sVm(['reset', '--yes']));
  expect(result.stdout + result.stderr).toContain(`network ${network}`);
  await expectUnchanged(before);
});
