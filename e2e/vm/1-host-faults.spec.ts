/**
 * What can be wrong with the host before a VM is made: the right error each time, and nothing left behind.
 */
import { expect, test } from '@playwright/test';
import { execa } from 'execa';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from '../harness/world';
import { hostState, virsh } from '../harness/host-state';
import type { Project } from '../harness/project';
import {
  errorOf,
  expectOk,
  k3sVersion,
  leavesNothing,
  newProject,
  smallVm,
  withServerFault,
  expectUnchanged,
} from '../harness/suite';

const libvirt = (...args: string[]): Promise<unknown> => execa(`${repository}/e2e/host/libvirt.sh`, args);
const image = '/images/bookworm/latest/debian-12-genericcloud-amd64.qcow2';
let project: Project;

test.beforeAll(async () => {
  project = await newProject(smallVm({ connection: 'qemu:///system' }));
});
test.afterAll(async () => {
  expectOk(await project.k3sVm(['reset', '--yes']));
  await project.remove();
});

test('status of a project without a VM says absent and exits 5', async () => {
  const result = await project.k3sVm(['status', '--json']);
  expect(result.exitCode).toBe(5);
  expect(JSON.parse(result.stdout)).toMatchObject({ schemaVersion: 1, vm: { state: 'absent' }, healthy: null });
});

test('start, stop and kubectl of a project without a VM name setup', async () => {
  for (const command of ['start', 'stop']) {
    const result = await project.k3sVm([command, '--json']);
    expect(errorOf(result).code).toBe('VM_ABSENT');
    expect(result.exitCode).toBe(5);
  }
  const kubectl = await project.kubectl(['get', 'nodes']);
  expect(kubectl.exitCode).not.toBe(0);
  expect(kubectl.stderr).toContain('setup');
});

test('setup --dry-run shows the domain and makes nothing', async () => {
  await leavesNothing(async () => {
    const result = await project.k3sVm(['setup', '--dry-run']);
    expect(result.exitCode, result.stderr).toBe(0);
    expect(result.stdout).toContain('<domain type=');
    expect(result.stdout).toContain('#cloud-config');
    expect(result.stdout).not.toContain('BEGIN OPENSSH');
  });
});

test('libvirtd is down: setup names the daemon and how to start it', async () => {
  const before = await hostState();
  await libvirt('daemon-stop');
  try {
    const result = await project.k3sVm(['setup', '--json']);
    expect(errorOf(result).code).toBe('DAEMON_NOT_RUNNING');
    expect(errorOf(result).hints.length).toBeGreaterThan(0);
    expect(result.exitCode).toBe(10);
    const doctor = await project.k3sVm(['doctor', '--json']);
    expect(doctor.exitCode).toBe(10);
  } finally {
    await libvirt('daemon-start');
  }
  await expectUnchanged(before);
});

test("libvirt's own network is inactive: setup starts it and says so; doctor --fix turns its STP off", async () => {
  const before = join(project.home, 'network.xml');
  await writeFile(before, await virsh(['net-dumpxml', 'default', '--inactive']));
  // It comes no further than the image
  const offline = await newProject(smallVm({ connection: 'qemu:///system', network: 'default' }), {
    userSettings: { sources: { images: 'http://127.0.0.1:9/images' } },
  });
  await virsh(['net-destroy', 'default']);
  try {
    const result = await offline.k3sVm(['setup', '--progress', 'json', '--json']);
    expect(errorOf(result).code).toBe('OFFLINE');
    expect(result.stderr).toContain('started the network \\"default\\"');
    expect(await virsh(['net-info', 'default'])).toMatch(/Active:\s+yes/);
    await virsh(['net-destroy', 'default']);
    expectOk(await offline.k3sVm(['doctor', '--fix']));
    expect(await virsh(['net-info', 'default'])).toMatch(/Active:\s+yes/);
    expect(await virsh(['net-dumpxml', 'default'])).toContain("stp='off'");
  } finally {
    await virsh(['net-define', before]);
    await virsh(['net-start', 'default']).catch(() => undefined);
    await virsh(['net-autostart', 'default', '--disable']).catch(() => undefined);
    await offline.remove();
  }
});

test('a network that is not there', async () => {
  const result = await project.k3sVm(['setup', '--network', 'no-such-net', '--json']);
  expect(errorOf(result).code).toBe('NETWORK_MISSING');
});

test('the pool is full: setup says so, and leaves no volume', async () => {
  const folder = '/run/k3s-vm-e2e-small-pool';
  await mkdir(folder, { recursive: true });
  await execa('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', folder]);
  await virsh(['pool-create-as', 'e2e-small', 'dir', '--target', folder]);
  try {
    await leavesNothing(async () => {
      const result = await project.k3sVm(['setup', '--pool', 'e2e-small', '--json']);
      expect(errorOf(result).code).toBe('POOL_FULL');
      expect(result.exitCode).toBe(11);
      await virsh(['pool-refresh', 'e2e-small']);
      expect((await virsh(['vol-list', 'e2e-small'])).trim()).toBe('');
    });
  } finally {
    await virsh(['pool-destroy', 'e2e-small']);
    await execa('umount', [folder]);
    await rm(folder, { recursive: true, force: true });
  }
});

test('a corrupt download is refused, and nothing of it is kept', async () => {
  const fresh = await newProject(smallVm({ connection: 'qemu:///system' }));
  try {
    await leavesNothing(async () => {
      const result = await withServerFault(image, 'corrupt', () => fresh.k3sVm(['setup', '--json']));
      expect(errorOf(result).code).toBe('DIGEST_MISMATCH');
      expect(result.exitCode).toBe(12);
    });
    expectOk(await fresh.k3sVm(['cache', 'list']));
    expect((await readdir(join(fresh.home, '.cache', 'k3s-vm'), { recursive: true })).join()).not.toContain('qcow2');
  } finally {
    await fresh.remove();
  }
});

test('a release that is not there names the version', async () => {
  await leavesNothing(async () => {
    const result = await withServerFault(`/releases/${k3sVersion()}/k3s`, 'missing', () =>
      project.k3sVm(['setup', '--json']),
    );
    expect(['DOWNLOAD_FAILED', 'VERSION_UNKNOWN']).toContain(errorOf(result).code);
    expect(result.exitCode).not.toBe(0);
  });
});

test('without internet and with an empty cache, setup names cache import', async () => {
  const offline = await newProject(smallVm({ connection: 'qemu:///system' }), {
    userSettings: { sources: { images: 'http://127.0.0.1:9/images' } },
  });
  try {
    const result = await offline.k3sVm(['setup', '--json']);
    expect(errorOf(result).code).toBe('OFFLINE');
    expect(JSON.stringify(errorOf(result).hints)).toContain('cache import');
  } finally {
    await offline.remove();
  }
});

test('a VM of that name which somebody else made is not touched', async () => {
  const xml = '/run/k3s-vm-e2e-foreign.xml';
  await writeFile(
    xml,
    "<domain type='qemu'><name>foreign</name><memory>65536</memory><os><type>hvm</type></os></domain>",
  );
  await virsh(['define', xml]);
  try {
    for (const command of [['setup'], ['stop'], ['reset', '--yes']]) {
      const result = await project.k3sVm([...command, '--name', 'foreign', '--json']);
      expect(errorOf(result).code, command.join(' ')).toBe('FOREIGN_DOMAIN');
    }
    expect(await virsh(['list', '--all', '--name'])).toContain('foreign');
  } finally {
    await virsh(['undefine', 'foreign']);
    await rm(xml);
  }
});

test('more memory than the host has is refused before anything is made', async () => {
  await leavesNothing(async () => {
    const result = await project.k3sVm(['setup', '--memory', '8TiB', '--json']);
    expect(errorOf(result).code).toBe('NOT_ENOUGH_MEMORY');
    expect(result.exitCode).toBe(11);
  });
});

test('reset asks, and refuses without a terminal', async () => {
  const result = await project.k3sVm(['reset', '--json']);
  expect(errorOf(result).code).toBe('NEEDS_CONFIRMATION');
  expect(result.exitCode).toBe(2);
});
