/**
 * Screenshots of every page in both themes with a fake host, and an accessibility check of each with axe. Any error in the
 * page's console fails it, violations of the content security policy included.
 *
 *   npm run screenshots             writes writes docs/screenshots/<page>-<theme>.png
 *   npm run screenshots -- --check  only checks
 */
import { AxeBuilder } from '@axe-core/playwright';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../e2e/bootstrap.mjs';
import { openWindow } from './window.mjs';

const check = process.argv.includes('--check');
const shots = join(root, 'docs', 'screenshots');

/** Name of the picture, page to open, scenario, and what to click there, one after the other. */
const views = [
  ['overview', 'Overview', 'running'],
  ['resources', 'Resources', 'running'],
  ['workloads', 'Workloads', 'running'],
  ['pod', 'Workloads', 'running', 'worker-6d5f9c7b8-1eki'],
  ['logs', 'Logs', 'running'],
  ['diagnostics', 'Diagnostics', 'running'],
  ['settings', 'Settings', 'running'],
  ['first-run', 'Overview', 'absent'],
];
/** Situations that only axe looks at. */
const odd = [
  ...['unhealthy', 'stopped', 'suspended', 'setting-up', 'failed', 'crashed', 'libvirt-lost'].map((scenario) => [
    scenario,
    'Overview',
    scenario,
  ]),
  ['reset dialog', 'Overview', 'running', 'More actions', 'Delete cluster…'],
  ['workloads of no VM', 'Workloads', 'absent'],
  ['logs of a stopped VM', 'Logs', 'stopped'],
];

const { url, script, browser, close } = await openWindow();

/** @returns the problems found */
async function look(theme, [name, page, scenario, ...clicked]) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 820 }, reducedMotion: 'reduce' });
  await context.addInitScript(script);
  const view = await context.newPage();
  const complaints = [];
  view.on('pageerror', (error) => complaints.push(error.message));
  view.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  await view.clock.setFixedTime(new Date('2026-05-04T10:00:00Z'));
  await view.goto(`${url}#scenario=${scenario}&theme=${theme}`);
  await view.getByRole('button', { name: page, exact: true }).click();
  for (const label of clicked) {
    const options = { name: label, exact: true };
    await view.getByRole('button', options).or(view.getByRole('menuitem', options)).click();
  }
  await view.waitForTimeout(700);
  const { violations } = await new AxeBuilder({ page: view }).analyze();
  for (const { id, help, nodes } of violations) {
    complaints.push(`axe: ${id}: ${help}\n      ${nodes.map(({ html }) => html.slice(0, 160)).join('\n      ')}`);
  }
  if (!check) await view.screenshot({ path: join(shots, `${name}-${theme}.png`) });
  await context.close();
  return complaints;
}

const themes = ['light', 'dark'];
if (!check) mkdirSync(shots, { recursive: true });
let faults = 0;
for (const view of check ? [...views, ...odd] : views) {
  const seen = await Promise.all(themes.map((theme) => look(theme, view)));
  for (const [index, complaints] of seen.entries()) {
    console.log(`${complaints.length === 0 ? '✓' : '✗'} ${view[0]}, ${themes[index]}`);
    for (const complaint of complaints) console.log(`    ${complaint}`);
    faults += complaints.length;
  }
}
await close();
process.exit(faults === 0 ? 0 : 1);
