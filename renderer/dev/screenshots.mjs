/**
 * Every page in both themes, with a fake host behind it: pictures for the README, and axe's opinion of each. Anything the
 * page complains of fails it, its content security policy included.
 *
 *   npm run screenshots             docs/screenshots/<page>-<theme>.png
 *   npm run screenshots -- --check  axe and complaints alone
 */
import { AxeBuilder } from '@axe-core/playwright';
import { build } from 'esbuild';
import { chromium } from 'playwright';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { root } from '../../e2e/bootstrap.mjs';
import { requireChromium } from '../../e2e/programs.mjs';

const check = process.argv.includes('--check');
const shots = join(root, 'docs', 'screenshots');

/** Name of the picture, page to turn to, scenario, and a button to press there. */
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
/** Situations that are looked over by axe alone. */
const odd = [
  ...['unhealthy', 'stopped', 'saved', 'setting-up', 'failed', 'crashed', 'libvirt-lost'].map((scenario) => [
    scenario,
    'Overview',
    scenario,
  ]),
  ['reset dialog', 'Overview', 'running', 'Reset'],
  ['workloads of no VM', 'Workloads', 'absent'],
  ['logs of a stopped VM', 'Logs', 'stopped'],
];

const browserPath = requireChromium();
const folder = mkdtempSync(join(tmpdir(), 'k3s-vm-window-'));
const files = join(folder, 'renderer');
execFileSync(process.execPath, [join(root, 'build.mjs'), '--only=renderer', `--outdir=${folder}`]);
const fake = await build({
  entryPoints: [join(root, 'renderer/dev/in-browser.ts')],
  bundle: true,
  write: false,
  format: 'iife',
  logLevel: 'warning',
});
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
const server = createServer((request, response) => {
  const name = request.url === '/' ? 'index.html' : (request.url ?? '').slice(1);
  try {
    const content = readFileSync(join(files, name));
    response.writeHead(200, {
      'Content-Type': types[extname(name)] ?? 'application/octet-stream',
      'Content-Security-Policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'",
    });
    response.end(content);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address();

const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
let faults = 0;
for (const theme of ['light', 'dark']) {
  for (const [name, page, scenario, button] of check ? [...views, ...odd] : views) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 820 }, reducedMotion: 'reduce' });
    await context.addInitScript(fake.outputFiles[0].text);
    const view = await context.newPage();
    const complaints = [];
    view.on('pageerror', (error) => complaints.push(error.message));
    view.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    await view.clock.setFixedTime(new Date('2026-05-04T10:00:00Z'));
    await view.goto(`http://127.0.0.1:${port}/#scenario=${scenario}&theme=${theme}`);
    await view.getByRole('button', { name: page, exact: true }).click();
    if (button !== undefined) await view.getByRole('button', { name: button, exact: true }).click();
    await view.waitForTimeout(700);
    const { violations } = await new AxeBuilder({ page: view }).analyze();
    for (const { id, help, nodes } of violations) {
      complaints.push(`axe: ${id}: ${help}\n      ${nodes.map(({ html }) => html.slice(0, 160)).join('\n      ')}`);
    }
    if (!check) {
      mkdirSync(shots, { recursive: true });
      await view.screenshot({ path: join(shots, `${name}-${theme}.png`) });
    }
    console.log(`${complaints.length === 0 ? '✓' : '✗'} ${name}, ${theme}`);
    for (const complaint of complaints) console.log(`    ${complaint}`);
    faults += complaints.length;
    await context.close();
  }
}
await browser.close();
server.close();
rmSync(folder, { recursive: true });
process.exit(faults === 0 ? 0 : 1);
