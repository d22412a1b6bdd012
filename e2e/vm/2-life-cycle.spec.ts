/**
 * The main job on a real guest under qemu:///system: made, used, stopped, started, restarted, removed, made again.
 */
import { expect, test } from '@playwright/test';
import { execa } from 'execa';
import { access, cp, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findInFile } from '../harness/find-in-file';
import { guestClock } from '../harness/guest-clock';
import { hostState, virsh, type HostState } from '../harness/host-state';
import type { Project } from '../harness/project';
import {
  deploymentYaml,
  errorOf,
  expectOk,
  goldenImages,
  k3sVersion,
  newProject,
  serverRequests,
  smallVm,
  expectUnchanged,
} from '../harness/suite';

test.describe.configure({ mode: 'serial' });

let project: Project;
let before: HostState;
let name: string;

interface StatusAnswer {
  readonly vm: {
    readonly name: string;
    readonly state: string;
    readonly address?: string;
    readonly k3sVersion?: string;
    readonly savedBytes?: number;
  };
  readonly healthy: boolean | null;
  readonly checks: readonly { readonly id: string; readonly state: string; readonly detail: string }[];
  readonly kubeconfig: { readonly path: string; readonly exists: boolean };
}
const status = async (of: Project): Promise<StatusAnswer & { exitCode: number }> => {
  const result = await of.k3sVm(['status', '--json']);
  return { ...(JSON.parse(result.stdout) as StatusAnswer), exitCode: result.exitCode };
};
const deploymentIsThere = async (): Promise<void> => {
  expectOk(await project.kubectl(['rollout', 'status', 'deployment/web', '--timeout=180s']));
};

const guest = async (command: string): Promise<string> =>
  expectOk(await project.k3sVm(['shell', '--', 'sh', '-c', command])).stdout.trim();

test.beforeAll(async () => {
  project = await newProject(smallVm({ connection: 'qemu:///system' }));
  before = await hostState();
});
test.afterAll(async () => {
  expectOk(await project.k3sVm(['reset', '--yes']));
  await project.remove();
});

test('a setup that is killed while it copies the golden image leaves none that counts', async () => {
  const usable = async (): Promise<readonly string[]> =>
    (await goldenImages(project)).filter(({ whole }) => whole).map(({ volume }) => volume);
  const atFirst = await usable();
  const { exitCode } = await project.k3sVm(['setup', '--progress', 'json'], {
    killWhen: (line) => line.includes('"step":"golden"') && line.includes('copying'),
  });
  expect(exitCode).not.toBe(0);
  expect(await usable()).toEqual(atFirst);
  const halfMade = (await goldenImages(project)).filter(({ whole, inUse }) => !whole && !inUse);
  expect(halfMade).toHaveLength(1);
});

test('the next setup goes on from there, to a cluster that answers', async () => {
  const result = expectOk(await project.k3sVm(['setup', '--progress', 'json', '--json']));
  const events = result.stderr
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { step: string; state: string });
  expect(events.filter((event) => event.state === 'failed')).toEqual([]);
  expect(events.some((event) => event.step === 'ready' && event.state === 'done')).toBe(true);

  const answer = await status(project);
  expect(answer, JSON.stringify(answer, null, 1)).toMatchObject({
    exitCode: 0,
    healthy: true,
    vm: { state: 'running', k3sVersion: k3sVersion() },
  });
  expect(answer.checks.filter((check) => check.state !== 'ok')).toEqual([]);
  name = answer.vm.name;
  expect(await virsh(['domstate', name])).toContain('running');
});

test('the golden image that it leaves for later setups holds none of its secrets', async () => {
  const images = await goldenImages(project);
  const [image] = [...images].sort((a, b) => (b.madeAt ?? '').localeCompare(a.madeAt ?? ''));
  expect(image, JSON.stringify(images)).toMatchObject({ whole: true, inUse: false, k3sVersion: k3sVersion() });
  const machineId = await guest('cat /etc/machine-id');
  const secrets = await guest(
    `sudo sed -n 3p /etc/ssh/ssh_host_ed25519_key
    sudo sed -n 's/.*client-key-data: //p' /etc/rancher/k3s/k3s.yaml | cut -c 1-200
    sudo cat /var/lib/rancher/k3s/server/token /etc/rancher/node/password`,
  );
  // The image is an overlay without compression: what it holds is in its file as it is. The machine-id is looked for as
  // content: it also named a folder, and such a name lingers in the file system's own journal
  const path = (await virsh(['vol-path', '--pool', 'default', image?.volume ?? ''])).trim();
  const wanted = secrets.split('\n');
  expect(wanted).toHaveLength(4);
  const identity = [`${machineId}\n`, `_MACHINE_ID=${machineId}`, `journal/${machineId}`];
  expect(await findInFile(path, [...wanted, ...identity])).toEqual([]);
  expect(await findInFile(path, ['k3s-vm-disk.service']), 'the search finds what is there').toHaveLength(1);
});

test('the kubeconfig is private, in the project, and nowhere else', async () => {
  const { mode } = await stat(join(project.dir, '.kube', 'config'));
  expect(mode & 0o777).toBe(0o600);
  await expect(access(join(project.home, '.kube'))).rejects.toThrow();
});

test('the real kubectl works through bin/kubectl, and an exported KUBECONFIG is not used', async () => {
  const nodes = expectOk(
    await project.kubectl(['get', 'nodes', '-o', 'name'], { env: { KUBECONFIG: '/nonexistent' } }),
  );
  expect(nodes.stdout.trim()).toBe(`node/${name}`);
  const applied = expectOk(await project.kubectl(['apply', '-f', '-'], { input: deploymentYaml('web', 2) }));
  expect(applied.stdout).toContain('deployment.apps/web created');
  await deploymentIsThere();
});

test('setup on a finished VM says so and asks nothing of the network', async () => {
  await serverRequests();
  const result = expectOk(await project.k3sVm(['setup', '--json']));
  expect(JSON.parse(result.stdout)).toMatchObject({ already: true });
  expect(await serverRequests()).toEqual([]);
});

test('shell, logs, list and kubeconfig', async () => {
  const shell = await project.k3sVm(['shell', '--', 'sh', '-c', 'hostname; exit 7']);
  expect(shell.stdout.trim(), shell.stderr).toBe(name);
  expect(shell.exitCode).toBe(7);
  const rootSize = await project.k3sVm(['shell', '--', 'df', '--output=size', '-BG', '/']);
  expect(
    Number(/\n\s*(\d+)G/.exec(rootSize.stdout)?.[1]),
    'the root file system fills the disk',
  ).toBeGreaterThanOrEqual(18);
  for (const source of ['k3s', 'cloud-init', 'console', 'operations']) {
    const log = expectOk(await project.k3sVm(['logs', '--source', source, '-n', '5']));
    expect(log.stdout.trim(), source).not.toBe('');
  }
  const list = expectOk(await project.k3sVm(['list', '--json']));
  expect(list.stdout).toContain(name);
  const path = expectOk(await project.k3sVm(['kubeconfig', '--path']));
  expect(path.stdout.trim()).toBe(join(project.dir, '.kube', 'config'));
});

/** What the user keeps of the VM. */
const kept = async (): Promise<string> => {
  const folder = join(project.home, '.local', 'state', 'k3s-vm', 'vms');
  const uuids = await readdir(folder);
  expect(uuids).toHaveLength(1);
  return join(folder, uuids[0] ?? '');
};

test('git clean takes nothing away', async () => {
  for (const path of ['.kube', '.k3s-vm']) await rm(join(project.dir, path), { recursive: true, force: true });
  await mkdir(join(project.dir, 'src'));
  const inside = { cwd: join(project.dir, 'src') };
  expect(expectOk(await project.kubectl(['get', 'nodes', '-o', 'name'], inside)).stdout.trim()).toBe(`node/${name}`);
  expect(expectOk(await project.k3sVm(['shell', '--', 'hostname'], inside)).stdout.trim()).toBe(name);
  expect(expectOk(await project.k3sVm(['status', '--json'])).stdout).toContain('"exists": false');
  const path = expectOk(await project.k3sVm(['kubeconfig'], inside)).stdout.trim();
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('keys that are lost, or that the guest does not know, are named within seconds', async () => {
  const folder = await kept();
  const aside = join(project.home, 'aside');
  const refusal = async (): Promise<{ readonly said: string; readonly exitCode: number; readonly seconds: number }> => {
    const startedAt = Date.now();
    const { stderr: said, exitCode } = await project.k3sVm(['kubeconfig', '--refresh']);
    return { said, exitCode, seconds: (Date.now() - startedAt) / 1000 };
  };
  const newKey = async (file: string): Promise<void> =>
    void (await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]));
  await rename(folder, aside);
  await cp(aside, folder, { recursive: true });
  const lost: [string, () => Promise<unknown>][] = [
    ['so k3s-vm cannot log in to it', () => rm(join(folder, 'id_ed25519'))],
    ['refuses the SSH key', () => newKey(join(folder, 'id_ed25519'))],
    [
      'its SSH host key is different',
      async () => {
        const [type, key] = (await readFile(join(folder, 'id_ed25519.pub'), 'utf8')).split(' ');
        await writeFile(join(folder, 'known_hosts'), `${name} ${type} ${key}\n`);
      },
    ],
  ];
  for (const [words, lose] of lost) {
    await lose();
    const { said, exitCode, seconds } = await refusal();
    expect(exitCode).toBe(13);
    expect(said).toContain(words);
    expect(said).toContain('reset --recreate');
    expect(seconds, words).toBeLessThan(30);
    // The cluster is there all the same
    expectOk(await project.k3sVm(['start']));
    expectOk(await project.kubectl(['get', '--raw', '/readyz']));
  }
  await rm(folder, { recursive: true });
  await rename(aside, folder);
  expectOk(await project.k3sVm(['kubeconfig', '--refresh']));
});

test('the keys of an earlier version move out of the project', async () => {
  const folder = await kept();
  const old = join(project.dir, '.k3s-vm');
  await mkdir(old, { mode: 0o700 });
  for (const file of ['id_ed25519', 'id_ed25519.pub', 'known_hosts']) await cp(join(folder, file), join(old, file));
  const [uuid = ''] = folder.split('/').slice(-1);
  await rm(folder, { recursive: true });
  const metadata = ['metadata', name, 'urn:k3s-vm:domain:1', '--key', 'k3svm'];
  const xml = (await virsh(metadata)).replace(/ keysIn=(['"])state\1/, '').trim();
  await virsh([...metadata, '--config', '--live', '--set', xml]);
  expectOk(await project.k3sVm(['kubeconfig', '--refresh']));
  expect((await readdir(await kept())).sort()).toEqual(['id_ed25519', 'known_hosts', 'kubeconfig', 'vm.json']);
  expect(await readdir(old)).toEqual([]);
  expect(await kept()).toContain(uuid);
  expectOk(await project.kubectl(['get', '--raw', '/readyz']));
});

test('a second operation at the same time is refused with the name of the first', async () => {
  let other: ReturnType<Project['k3sVm']> | undefined;
  const stopped = await project.k3sVm(['stop', '--progress', 'json'], {
    killWhen: (line) => {
      if (line.includes('"step":"stop"')) other ??= project.k3sVm(['reset', '--yes', '--json']);
      return false;
    },
  });
  expectOk(stopped);
  const refused = await other;
  expect(refused && errorOf(refused)).toMatchObject({ code: 'BUSY' });
  expect(refused?.stderr).toContain('stop');
});

test('what was deployed survives stop and start', async () => {
  expect(await virsh(['domstate', name])).toContain('shut off');
  const stopped = await status(project);
  expect(stopped).toMatchObject({ exitCode: 4, healthy: null, vm: { state: 'stopped' } });
  const kubectl = await project.kubectl(['get', 'nodes', '--request-timeout=3s']);
  expect(kubectl.exitCode).not.toBe(0);
  expect(kubectl.stderr).toContain('start');
  expectOk(await project.k3sVm(['stop']));

  const address = (await status(project)).vm.address;
  expectOk(await project.k3sVm(['start']));
  const running = await status(project);
  expect(running, JSON.stringify(running, null, 1)).toMatchObject({ exitCode: 0, healthy: true });
  expect(running.vm.address).toBe(address);
  await deploymentIsThere();
});

const clock = guestClock(guest);
const bootId = (): Promise<string> => guest('cat /proc/sys/kernel/random/boot_id');

test('suspended, it resumes where it was, with its clock corrected', async () => {
  const boot = await bootId();
  expectOk(await project.k3sVm(['suspend']));
  expect(await virsh(['domstate', '--reason', name])).toContain('shut off (saved)');
  const saved = await status(project);
  expect(saved).toMatchObject({ exitCode: 4, vm: { state: 'suspended' } });
  expect(saved.vm.savedBytes).toBeGreaterThan(50e6);

  // Long enough for a clock that stood still to be told
  await new Promise((resolve) => setTimeout(resolve, 5000));
  expectOk(await project.k3sVm(['start']));
  expect(await clock.offset()).toBeLessThan(1000);
  // By the guest itself: it needs no network for it
  expect(await clock.corrections()).toBeGreaterThan(0);
  expect(await bootId()).toBe(boot);
  const running = await status(project);
  expect(running, JSON.stringify(running, null, 1)).toMatchObject({ exitCode: 0, healthy: true });
  expect(running.vm.savedBytes).toBeUndefined();
  await deploymentIsThere();
});

test('saved memory that cannot be used is discarded, and the VM boots', async () => {
  const boot = await bootId();
  expectOk(await project.k3sVm(['suspend']));
  const file = await open(`/var/lib/libvirt/qemu/save/${name}.save`, 'r+');
  await file.write(Buffer.alloc(4096), 0, 4096, 0);
  await file.close();
  const started = expectOk(await project.k3sVm(['resume']));
  expect(started.stderr).toContain('its saved memory could not be used');
  expect(await bootId()).not.toBe(boot);
  await deploymentIsThere();
});

test('a QEMU that dies is told as a crash; the next start takes new resources, and what was deployed survives', async () => {
  process.kill(Number(await readFile(`/run/libvirt/qemu/${name}.pid`, 'utf8')), 'SIGKILL');
  await expect.poll(async () => (await status(project)).vm.state, { timeout: 60_000 }).toBe('crashed');
  expectOk(await project.k3sVm(['config', 'set', 'disk', '24GiB']));
  expectOk(await project.k3sVm(['start']));
  // The file system grows while the cluster is up already
  await expect
    .poll(async () => Number(/(\d+)G/.exec(await guest('df --output=size -BG / | tail -n 1'))?.[1]), {
      timeout: 60_000,
    })
    .toBeGreaterThanOrEqual(22);
  await deploymentIsThere();
});

test('a disk only grows', async () => {
  expectOk(await project.k3sVm(['stop']));
  expectOk(await project.k3sVm(['config', 'set', 'disk', '10GiB']));
  expect(errorOf(await project.k3sVm(['start', '--json'])).code).toBe('DISK_SHRINK');
});

test('a corrupt disk is named, and can be reset', async () => {
  expectOk(await project.k3sVm(['config', 'unset', 'disk']));
  const junk = join(project.home, 'junk');
  await writeFile(junk, 'this was a qcow2 header once'.repeat(40));
  await virsh(['vol-upload', '--pool', 'default', `${name}-system.qcow2`, junk]);
  const result = await project.k3sVm(['start', '--json']);
  expect(errorOf(result).code, result.stderr).toBe('DISK_CORRUPT');
  expect(errorOf(result).cause).toBeTruthy();
});

test('reset leaves nothing of it', async () => {
  const result = expectOk(await project.k3sVm(['reset', '--yes']));
  expect(result.stderr + result.stdout).not.toContain('rror');
  await expectUnchanged(before);
  for (const path of ['.kube', '.k3s-vm']) await expect(access(join(project.dir, path)), path).rejects.toThrow();
  for (const folder of ['vms', 'projects']) {
    expect(await readdir(join(project.home, '.local', 'state', 'k3s-vm', folder)), folder).toEqual([]);
  }
  expect(await readFile(join(project.dir, 'k3s-vm.yaml'), 'utf8')).toContain('qemu:///system');
  expect((await status(project)).exitCode).toBe(5);
  expectOk(await project.k3sVm(['reset', '--yes']));
});
