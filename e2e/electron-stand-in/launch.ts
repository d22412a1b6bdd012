/**
 * Starts an app on the stand-in, for a spec.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright';
import type Electron from 'electron';
import type { Evaluated, Evaluation } from './main';
import type { StandIn } from './stand-in';

export interface StandInOptions {
  /** What `buildStandIn` made. */
  readonly program: string;
  readonly chromium: string;
  /** Folder of the app's package.json. */
  readonly app: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Chromium's profile; removed in the end. */
  readonly profile: string;
  readonly displays: readonly Electron.Rectangle[];
}

export interface StandInApp {
  /** The page of the window, once it has one. */
  page(): Promise<Page>;
  /** Calls a function in the app's process with the stand-in. It sees nothing of the spec but its argument. */
  ask<R, A = undefined>(question: (standIn: StandIn, arg: A) => R, arg?: A): Promise<Awaited<R>>;
  /** As Playwright's ElectronApplication does: with the electron module. */
  evaluate<R, A = undefined>(question: (electron: typeof Electron, arg: A) => R, arg?: A): Promise<Awaited<R>>;
  /** Starts the app once more beside this one. @returns the second process's exit status */
  startAgain(args: readonly string[], cwd?: string): Promise<number | null>;
  /** Exit status, once it has ended. */
  readonly exited: Promise<number | null>;
  readonly output: () => string;
  /** Errors of the page's console, its exceptions and what its policy blocked, so far. */
  readonly problems: string[];
  close(): Promise<void>;
}

export async function launchOnStandIn(options: StandInOptions): Promise<StandInApp> {
  const browser = await chromium.launchPersistentContext(options.profile, {
    executablePath: options.chromium,
    args: ['--remote-debugging-port=0'],
    // The page must wait for nothing but the app
    reducedMotion: 'reduce',
  });
  const problems: string[] = [];
  let closing = false;
  const complain = (problem: string): void => {
    // A page whose app is gone cannot load any more
    if (!closing) problems.push(problem);
  };
  browser.on('page', (page) => watchPage(page, complain));
  const [port] = readFileSync(join(options.profile, 'DevToolsActivePort'), 'utf8').split('\n');
  const start = (args: readonly string[], cwd: string): ChildProcess =>
    fork(options.program, [`http://127.0.0.1:${port}`, JSON.stringify(options.displays), options.app, ...args], {
      cwd,
      env: options.env,
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
  const child = start(options.args, options.cwd);
  const output: string[] = [];
  const hear = (process: ChildProcess): void => {
    for (const stream of [process.stdout, process.stderr]) stream?.on('data', (text) => output.push(String(text)));
  };
  hear(child);
  const exited = exitOf(child);
  const evaluate = evaluator(child, exited, () => output.join(''));

  return {
    page: () => Promise.race([pageOf(browser), exited.then(() => Promise.reject(new Error(output.join(''))))]),
    ask: (question, arg) => evaluate('standIn', question, arg) as never,
    evaluate: (question, arg) => evaluate('electron', question, arg) as never,
    startAgain(args, cwd = options.cwd) {
      const second = start(args, cwd);
      hear(second);
      return exitOf(second);
    },
    exited,
    output: () => output.join(''),
    problems,
    async close() {
      closing = true;
      if (child.exitCode === null) child.kill('SIGKILL');
      await exited;
      await browser.close();
      rmSync(options.profile, { recursive: true, force: true });
    },
  };
}

const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once('exit', (code) => resolve(code)));

const isWindow = (page: Page): boolean => new URL(page.url()).hostname.endsWith('.invalid');

async function pageOf(browser: BrowserContext): Promise<Page> {
  for (;;) {
    const found = browser.pages().find(isWindow);
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function watchPage(page: Page, complain: (problem: string) => void): void {
  page.on('console', (message) => {
    // Chromium asks an https origin for one past every interception; a scheme of the app's own is not asked
    if (message.location().url.endsWith('/favicon.ico')) return;
    if (message.type() === 'error') complain(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => complain(String(error)));
}

function evaluator(child: ChildProcess, exited: Promise<unknown>, output: () => string) {
  let nextId = 0;
  const waiting = new Map<number, (evaluated: Evaluated) => void>();
  child.on('message', (evaluated: Evaluated) => {
    waiting.get(evaluated.id)?.(evaluated);
    waiting.delete(evaluated.id);
  });
  return async (on: Evaluation['on'], question: unknown, arg: unknown): Promise<unknown> => {
    const id = nextId++;
    const answer = new Promise<Evaluated>((resolve) => waiting.set(id, resolve));
    child.send({ id, on, source: String(question), arg } satisfies Evaluation);
    const evaluated = await Promise.race([answer, exited.then(() => undefined)]);
    if (evaluated === undefined) throw new Error(`The app has ended.\n${output()}`);
    if (!evaluated.ok) throw new Error(evaluated.message);
    return evaluated.value;
  };
}
