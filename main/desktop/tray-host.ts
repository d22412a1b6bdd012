/**
 * Whether the desktop has a tray. Electron creates a tray icon in any case and does not say whether anything shows it. A
 * panel that does announces itself on D-Bus as a host of StatusNotifierItems
 * (https://specifications.freedesktop.org/status-notifier-item/latest/).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunResult } from '../core/process';

const watcher = 'org.kde.StatusNotifierWatcher';
const path = '/StatusNotifierWatcher';
const property = 'IsStatusNotifierHostRegistered';
const getter = 'org.freedesktop.DBus.Properties.Get';

/** Programs that can ask on D-Bus, each from another package. Any one will do. */
const questions: readonly (readonly [string, ...string[]])[] = [
  ['gdbus', 'call', '--session', '--dest', watcher, '--object-path', path, '--method', getter, watcher, property],
  ['busctl', '--user', 'get-property', watcher, path, watcher, property],
  [
    'dbus-send',
    '--session',
    '--print-reply',
    `--dest=${watcher}`,
    path,
    getter,
    `string:${watcher}`,
    `string:${property}`,
  ],
];

/** Milliseconds for one answer: the window waits for it, and a healthy bus answers within a few. */
const timeoutMs = 600;
const pauseMs = 1000;

export interface TrayHostOptions {
  readonly run: (
    file: string,
    args: readonly string[],
    options: { readonly timeoutMs: number },
  ) => Promise<Pick<RunResult, 'stdout' | 'exitCode' | 'notFound'>>;
  /** How many times to ask: at login, a panel may appear later than we do. */
  readonly attempts: number;
}

/** Whether a panel shows tray icons; false if that cannot be found out. */
export async function hasTray({ run, attempts }: TrayHostOptions): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    if (await ask(run)) return true;
    if (attempt >= attempts) return false;
    await sleep(pauseMs);
  }
}

async function ask(run: TrayHostOptions['run']): Promise<boolean> {
  for (const [file, ...args] of questions) {
    const { stdout, exitCode, notFound } = await run(file, args, { timeoutMs });
    if (!notFound) return exitCode === 0 && /\btrue\b/.test(stdout);
  }
  return false;
}
