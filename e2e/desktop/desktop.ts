/**
 * The fixtures: a user, and the app started for that user. Whatever the page complains of, a policy's violation included,
 * fails the spec.
 */
import { test as base, type Page } from '@playwright/test';
import { join } from 'node:path';
import { _electron } from 'playwright';
import type Electron from 'electron';
import { launchOnStandIn, type StandInApp } from '../electron-stand-in/launch';
import { findElectron } from '../programs.mjs';
import { appFolder } from './app-folder';
import { createUser, type User } from './user';

/** What specs may use on either host. */
export interface Desktop {
  page(): Promise<Page>;
  evaluate<R, A = undefined>(question: (electron: typeof Electron, arg: A) => R, arg?: A): Promise<Awaited<R>>;
  readonly problems: string[];
  close(): Promise<void>;
}

export interface LaunchOptions {
  readonly args?: readonly string[];
  readonly displays?: readonly Electron.Rectangle[];
}

interface Fixtures {
  /** Whether the user's desktop has a tray. */
  readonly tray: boolean;
  readonly user: User;
  /** Starts the app on the host of this Playwright project. */
  readonly launch: (options?: LaunchOptions) => Promise<Desktop>;
  /** Starts the app on the stand-in, for what only that can show. */
  readonly launchStandIn: (options?: LaunchOptions) => Promise<StandInApp>;
}

const display = { x: 0, y: 0, width: 1920, height: 1040 };

export const test = base.extend<Fixtures>({
  tray: [true, { option: true }],
  user: async ({ tray }, use) => {
    const user = createUser({ tray });
    await use(user);
    user.remove();
  },
  launchStandIn: async ({ user }, use, info) => {
    const started: StandInApp[] = [];
    await use(async ({ args, displays = [display] } = {}) => {
      const app = await launchOnStandIn({
        program: process.env['K3S_VM_E2E_STAND_IN'] as string,
        chromium: process.env['K3S_VM_E2E_CHROMIUM'] as string,
        app: appFolder,
        args: args ?? [`--project=${user.project}`],
        cwd: user.home,
        env: user.env,
        profile: join(user.home, `chromium-${started.length}`),
        displays,
      });
      started.push(app);
      return app;
    });
    for (const app of started) await app.close();
    const said = started.map((app) => app.output()).join('');
    if (said !== '') await info.attach('output', { body: said });
    failOn(started.flatMap(({ problems }) => problems));
  },
  launch: async ({ user, launchStandIn }, use, info) => {
    if (info.project.name === 'stand-in') return use(launchStandIn);
    const started: Desktop[] = [];
    await use(async ({ args } = {}) => {
      const desktop = await launchElectron(user, args ?? [`--project=${user.project}`]);
      started.push(desktop);
      return desktop;
    });
    for (const desktop of started) await desktop.close();
    failOn(started.flatMap(({ problems }) => problems));
  },
});

function failOn(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(`The page complains:\n${problems.join('\n')}`);
}

async function launchElectron(user: User, args: readonly string[]): Promise<Desktop> {
  const electron = findElectron();
  if ('obstacle' in electron) throw new Error(electron.obstacle);
  const display = ['DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const app = await _electron.launch({
    executablePath: electron.binary,
    args: [appFolder, ...args],
    cwd: user.home,
    env: { ...user.env, ...Object.fromEntries(display) },
  });
  const problems: string[] = [];
  app.on('window', (page) => {
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(String(error)));
  });
  return {
    page: () => app.firstWindow(),
    // Playwright's own types name the argument's handles; the call is the same
    evaluate: (question, arg) => app.evaluate(question as never, arg as never) as never,
    problems,
    close: () => app.evaluate((electron) => electron.app.exit()).catch(() => undefined),
  };
}

export { expect } from '@playwright/test';
