/**
 * The built window with a fake host behind it, for screenshots and measurements in a browser.
 */
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { chromium } from 'playwright';
import { root } from '../../e2e/bootstrap.mjs';
import { requireChromium } from '../../e2e/programs.mjs';

const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'";

/**
 * Builds the window and serves it with the content security policy of the real hosts.
 *
 * @param {string} host source file of a script that installs a host before the window's own script runs
 * @returns {Promise<{ url: string, script: string, browser: import('playwright').Browser, close: () => Promise<void> }>}
 *   its address, and the init script for the browser's context
 */
export async function openWindow(host = 'renderer/dev/in-browser.ts') {
  const executablePath = requireChromium();
  const folder = mkdtempSync(join(tmpdir(), 'k3s-vm-window-'));
  execFileSync(process.execPath, [join(root, 'build.mjs'), '--only=renderer', `--outdir=${folder}`]);
  const { outputFiles } = await build({
    entryPoints: [join(root, host)],
    bundle: true,
    write: false,
    format: 'iife',
    logLevel: 'warning',
  });
  const server = createServer((request, response) => {
    const name = request.url === '/' ? 'index.html' : (request.url ?? '').slice(1);
    try {
      const content = readFileSync(join(folder, 'renderer', name));
      response.writeHead(200, {
        'Content-Type': types[extname(name)] ?? 'application/octet-stream',
        'Content-Security-Policy': policy,
      });
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = server.address();
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--enable-precise-memory-info'],
  });
  return {
    url: `http://127.0.0.1:${port}/`,
    script: outputFiles[0].text,
    browser,
    close: async () => {
      await browser.close();
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}
