/**
 * Setups that break off, and two projects at once.
 */
import { expect, test } from '@playwright/test';
import { hostState } from '../harness/host-state';
import type { CommandOptions, Project } from '../harness/project';
import { errorOf, expectOk, goldenImages, newProject, smallVm, expectUnchanged, volumeBelow } from '../harness/suite';

test.describe.configure({ mode: 'serial' });

/** True for the first progress event of a step that says something. */
const atStep = (step: string, text = ''): ((line: string) => boolean) => {
  return (line) => line.includes(`"step":"${step}"`) && line.includes(text);
};

let one: Project;
let two: Project;
let before: Awaited<ReturnType<typeof hostState>>;

test.beforeAll(async () => {
  before = await hostState();
  one = await newProject(smallVm({ connection: 'qemu:///system', cpus: 1 }));
  two = await newProject(smallVm({ connection: 'qemu:///system', cpus: 1 }), { home: one.home });
});
test.afterAll(async () => {
  for (const project of [one, two]) {
    expectOk(await project.k3sVm(['reset', '--yes']));
    await project.remove();
  }
});

const brokenOff = async (options: CommandOptions): Promise<void> => {
  const result = await one.k3sVm(['setup', '--progress', 'json'], options);
  expect(result.exitCode, result.stderr.slice(-2000)).not.toBe(0);
};

test('Ctrl-C during the download ends it cleanly and says how to go on', async () => {
  const result = await one.k3sVm(['setup', '--progress', 'json', '--json'], { interruptWhen: atStep('image') });
  expect(result.exitCode).toBe(130);
  expect(errorOf(result).code).toBe('CANCELLED');
});

test('settings that K3s refuses fail with its own words, and better ones are taken up', async () => {
  expectOk(await one.k3sVm(['config', 'set', 'k3s.config', '{"https-listen-port":"abc"}']));
  const result = await one.k3sVm(['setup', '--json']);
  expect(errorOf(result).code, result.stderr).toBe('K3S_FAILED');
  expect(errorOf(result).message).toMatch(/abc|https-listen-port/);
  expect(result.exitCode).toBe(13);
  const good = smallVm().k3s;
  expectOk(
    good === undefined
      ? await one.k3sVm(['config', 'unset', 'k3s.config'])
      : await one.k3sVm(['config', 'set', 'k3s.config', JSON.stringify((good as { config: object }).config)]),
  );
});

test('a setup that is killed while it boots continues, beside one of another project', async () => {
  await brokenOff({ killWhen: atStep('boot') });
  // The second project is made at the same time, from the same cache.
  const [first, second] = await Promise.all([one.k3sVm(['setup']), two.k3sVm(['setup'])]);
  expectOk(first);
  expectOk(second);
});

test('two clusters do not know each other', async () => {
  const nodes = await Promise.all(
    [one, two].map(async (p) => expectOk(await p.kubectl(['get', 'nodes', '-o', 'name'])).stdout),
  );
  expect(nodes[0]).not.toBe(nodes[1]);
  expectOk(await one.kubectl(['create', 'configmap', 'mine']));
  const other = await two.kubectl(['get', 'configmap', 'mine']);
  expect(other.stderr).toContain('not found');
});

const nameOf = async (project: Project): Promise<string> =>
  (JSON.parse((await project.k3sVm(['status', '--json'])).stdout) as { vm: { name: string } }).vm.name;

test('both were made from the same golden image, and share no secret', async () => {
  const golden = await Promise.all([one, two].map(async (project) => volumeBelow(await nameOf(project))));
  expect(golden[0]).toMatch(/^k3s-vm-golden-/);
  expect(golden[1]).toBe(golden[0]);

  const identity = async (project: Project): Promise<readonly string[]> => {
    const command = `cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub
      sudo sed -n 's/.*\\(certificate-authority-data\\|client-key-data\\): //p' /etc/rancher/k3s/k3s.yaml
      sudo cat /var/lib/rancher/k3s/server/token /etc/rancher/node/password`;
    return expectOk(await project.k3sVm(['shell', '--', 'sh', '-c', command]))
      .stdout.trim()
      .split('\n');
  };
  const [first, second] = [await identity(one), await identity(two)];
  expect(first).toHaveLength(6);
  expect(first.filter((secret) => second.includes(secret))).toEqual([]);
});

test('resetting one leaves the other alone, and cache prune the golden image that it uses', async () => {
  expectOk(await one.k3sVm(['reset', '--yes']));
  expectOk(await one.k3sVm(['cache', 'prune']));
  const volume = await volumeBelow(await nameOf(two));
  expect(await goldenImages(one)).toContainEqual(expect.objectContaining({ volume, whole: true, inUse: true }));
  expectOk(await two.kubectl(['get', '--raw', '/readyz']));
  expectOk(await two.k3sVm(['reset', '--yes']));
  await expectUnchanged(before);
});
