/**
 * The dashboard's web form, as a user has it: the server that `k3s-vm dashboard --web` runs, and a page of a real Chromium.
 */
import { chromium, expect, type Browser, type Page } from '@playwright/test';
import { execa } from 'execa';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { requireChromium } from '../programs.mjs';
import type { Project } from './project';

export interface WebDashboard {
  readonly page: Page;
  /** Everything that went wrong in the page: errors, failed loads, violations of its content security policy. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Opens the dashboard of a project in the browser. */
export async function openDashboard(installed: string, project: Pick<Project, 'dir' | 'home'>): Promise<WebDashboard> {
  const server = execa(join(installed, 'bin', 'k3s-vm'), ['dashboard', '--web', '--no-open', '--json'], {
    cwd: project.dir,
    extendEnv: false,
    env: { PATH: process.env.PATH ?? '', HOME: project.home, LANG: 'C.UTF-8' },
    stdin: 'ignore',
    reject: false,
  });
  const close = async (browser?: Browser): Promise<void> => {
    await browser?.close();
    server.kill('SIGINT');
    // As a shell tells of a program that Ctrl-C ended
    expect((await server).exitCode).toBe(130);
  };
  // Not server.iterable(): leaving that waits for the end of the program
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
  const { value: line } = (await lines.next()) as { readonly value?: string };
  if (line === undefined) throw new Error(`the dashboard did not start: ${(await server).stderr}`);
  const { url } = JSON.parse(line) as { readonly url: string };
  const browser = await chromium.launch({ executablePath: requireChromium(), args: ['--no-sandbox'] });
  const context = await browser.newContext({ viewport: { width: 1280, height: 820 } });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(url);
  return { page, complaints, close: () => close(browser) };
}
