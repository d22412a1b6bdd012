/**
 * The dashboard's web form on a real guest: from the first-run page to a deployment that appears, and what a terminal does
 * meanwhile.
 */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { common, firstRun, logs, overview, resources, workloads } from '../../renderer/strings';
import { openDashboard, type WebDashboard } from '../harness/dashboard';
import { hostState, virsh, type HostState } from '../harness/host-state';
import type { Project } from '../harness/project';
import {
  deploymentYaml,
  expectOk,
  goldenImages,
  expectUnchanged,
  installed,
  newProject,
  smallVm,
} from '../harness/suite';

test.describe.configure({ mode: 'serial' });

let project: Project;
let before: HostState;
let dashboard: WebDashboard | undefined;
let page: Page;

test.beforeAll(async () => {
  before = await hostState();
  project = await newProject(smallVm({ connection: 'qemu:///system' }));
  dashboard = await openDashboard(installed(), project);
  page = dashboard.page;
});
test.afterAll(async () => {
  await dashboard?.close();
  expectOk(await project.k3sVm(['reset', '--yes']));
  await project.remove();
});

const turnTo = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
const state = (word: string | RegExp, timeout = 15_000): Promise<void> =>
  expect(page.locator('.sidebar-state')).toHaveText(word, { timeout });
const vmName = async (): Promise<string> =>
  (JSON.parse((await project.k3sVm(['status', '--json'])).stdout) as { readonly vm: { readonly name: string } }).vm
    .name;

test('the first-run page sets a cluster up', async () => {
  await state(common.states.absent);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.getByRole('button', { name: firstRun.setup }).click();
  await state(common.settingUp);
  await expect(page.getByRole('list', { name: common.steps })).toBeVisible();
  await state(common.states.running, 10 * 60_000);
  await expect(page.getByText(new RegExp(`^${overview.done.setup} in `))).toBeVisible();
  await expect(page.getByText(/^All \d+ checks passed$/)).toBeVisible({ timeout: 60_000 });
});

test('the page keeps to its security policy, and axe finds nothing', async () => {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations).toEqual([]);
  expect(dashboard?.complaints).toEqual([]);
});

test('a deployment that kubectl makes appears', async () => {
  await turnTo(common.pages.workloads);
  expectOk(await project.kubectl(['apply', '-f', '-'], { input: deploymentYaml('from-kubectl') }));
  await page.getByRole('tab', { name: new RegExp(workloads.kinds.deployments) }).click();
  await expect(page.getByText('from-kubectl').first()).toBeVisible();
});

test("K3s' log is shown live", async () => {
  await turnTo(common.pages.logs);
  await expect(page.getByRole('region', { name: logs.lines }).getByText(/k3s/).first()).toBeVisible({
    timeout: 30_000,
  });
});

test('Stop stops it, and a VM that a terminal starts shows as starting', async () => {
  await turnTo(common.pages.overview);
  await page.getByRole('button', { name: overview.stop, exact: true }).click();
  await state(common.states.stopping);
  await state(common.states.stopped, 2 * 60_000);
  const started = project.k3sVm(['start']);
  await state(common.states.starting);
  expectOk(await started);
  await state(common.states.running, 5000);
});

test('a VM is suspended and resumed', async () => {
  await page.getByRole('button', { name: overview.moreStopOptions }).click();
  await page.getByRole('menuitem', { name: overview.suspend }).click();
  await state(common.states.suspended, 2 * 60_000);
  await page.getByRole('button', { name: overview.resume }).click();
  await state(common.states.running, 2 * 60_000);
});

test('sliders change what the next start takes', async () => {
  await turnTo(common.pages.resources);
  const cpus = page.getByRole('slider', { name: resources.titles.cpus });
  await cpus.focus();
  await cpus.press('Home');
  await page.getByRole('button', { name: resources.apply, exact: true }).click();
  await expect.poll(async () => expectOk(await project.k3sVm(['config', 'get', 'cpus'])).stdout.trim()).toBe('1');
});

test('reset asks for the name, and leaves nothing', async () => {
  await turnTo(common.pages.overview);
  const name = await vmName();
  await page.getByRole('button', { name: overview.moreActions }).click();
  await page.getByRole('menuitem', { name: overview.reset }).click();
  const confirm = page.getByRole('button', { name: overview.resetAction });
  await expect(confirm).toBeDisabled();
  await page.getByRole('alertdialog').getByRole('textbox').fill(name);
  await confirm.click();
  await state(common.states.absent, 60_000);
  // The VM is gone before its logs are, and the pool they are deleted through
  const operation = async (): Promise<unknown> =>
    (JSON.parse((await project.k3sVm(['status', '--json'])).stdout) as { vm: { operation?: unknown } }).vm.operation;
  await expect.poll(operation, { timeout: 30_000 }).toBeUndefined();
  expect(await virsh(['list', '--all', '--name'])).not.toContain(name);
  await expectUnchanged(before);
});

test('cache prune deletes the golden images that are left', async () => {
  const unused = async (): Promise<readonly string[]> =>
    (await goldenImages(project)).filter(({ inUse }) => !inUse).map(({ volume }) => volume);
  const left = await unused();
  expect(left).not.toEqual([]);
  expectOk(await project.k3sVm(['cache', 'prune']));
  expect(await unused()).toEqual([]);
  const { volumes } = await hostState();
  expect(volumes.filter((name) => left.some((volume) => name.startsWith(volume)))).toEqual([]);
  const bases = left.map((volume) => volume.replace(/^k3s-vm-golden-([0-9a-f]+)-.*/, 'k3s-vm-base-$1'));
  expect(volumes.filter((name) => bases.some((base) => name.startsWith(base)))).toEqual([]);
});
