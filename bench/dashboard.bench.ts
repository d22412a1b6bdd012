/**
 * The dashboard's window in Chromium, as it is built: first paint against a page of one word, the bytes of each page, a
 * log at 20,000 lines/s, and an hour of events.
 */
import { join } from 'node:path';
import type { Page } from 'playwright';
import type * as window from '../renderer/dev/window.mjs';
import { alternate, median, mebibytes, milliseconds, tell, times, type Result } from './lib/measure';
import type { BusyHost } from './lib/in-page';

// Not bundled with this: it finds its files from where it is
const repository = process.env.K3S_VM_E2E_REPOSITORY ?? process.cwd();
const { openWindow } = (await import(join(repository, 'renderer/dev/window.mjs'))) as typeof window;

const rounds = 9;
const linesPerSecond = 20_000;
const seconds = 10;
/** A frame that took longer than this missed at least one of the screen's 60 refreshes a second. */
const droppedMs = 25;

const dashboard = await openWindow('renderer/dev/busy-host.ts');

/** Opens an address in a fresh profile. */
async function withPage<T>(url: string, work: (page: Page) => Promise<T>): Promise<T> {
  const context = await dashboard.browser.newContext({ viewport: { width: 1280, height: 820 } });
  try {
    await context.addInitScript(dashboard.script);
    await context.route('**/blank', (route) => route.fulfill({ contentType: 'text/html', body: '<p>k3s-vm' }));
    const page = await context.newPage();
    await page.goto(url, { waitUntil: 'load' });
    return await work(page);
  } finally {
    await context.close();
  }
}

const turnTo = (page: Page, name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();

/** Calls a function of busy-host.ts in the page. */
const ask = <Name extends keyof BusyHost>(
  page: Page,
  name: Name,
  ...args: Parameters<BusyHost[Name]>
): Promise<Awaited<ReturnType<BusyHost[Name]>>> => page.evaluate(`busyHost.${name}(...${JSON.stringify(args)})`);

const firstPaint = (url: string): Promise<number> => withPage(url, (page) => ask(page, 'firstPaint'));

/** Bytes of JavaScript's heap after a garbage collection. */
async function heap(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize;
}

const kibibytes = (bytes: number): string => `${Math.round(bytes / 1024)} KiB`;
const dropped = (frames: readonly number[]): string => {
  const late = frames.filter((ms) => ms > droppedMs).length;
  return `${late} of ${frames.length} frames late, median ${median(frames).toFixed(1)} ms`;
};

async function sizes(): Promise<Result[]> {
  const results: Result[] = [];
  for (const name of ['Overview', 'Resources', 'Workloads', 'Logs', 'Diagnostics', 'Settings']) {
    await withPage(dashboard.url, async (page) => {
      await page.waitForLoadState('networkidle');
      const start = await ask(page, 'loaded');
      if (name === 'Overview') results.push({ what: 'code and style of the first page', measured: kibibytes(start) });
      else {
        await turnTo(page, name);
        await page.waitForTimeout(500);
        results.push({ what: `– the page ${name} adds`, measured: kibibytes((await ask(page, 'loaded')) - start) });
      }
    });
  }
  return results;
}

const floods = (): Promise<Result[]> =>
  withPage(dashboard.url, async (page) => {
    await turnTo(page, 'Logs');
    await page.waitForLoadState('networkidle');
    const idle = await ask(page, 'frames', seconds / 2);
    // Fills what it keeps
    await ask(page, 'flood', linesPerSecond, seconds);
    const full = await heap(page);
    const [counts, frames] = await Promise.all([
      ask(page, 'flood', linesPerSecond, seconds),
      ask(page, 'frames', seconds),
    ]);
    const after = await heap(page);
    const late = frames.filter((ms) => ms > droppedMs).length;
    return [
      {
        what: `log at ${linesPerSecond} lines/s: lines received ÷ sent`,
        measured: `${times(counts.taken / counts.made)} (${counts.taken} ÷ ${counts.made})`,
        bar: '≥ 0.95×',
        met: counts.taken / counts.made >= 0.95,
      },
      {
        what: '– its frames',
        measured: `${dropped(frames)} (idle: ${dropped(idle)})`,
        bar: 'none late',
        met: late === 0,
      },
      {
        what: `– heap after another ${linesPerSecond * seconds} lines ÷ before`,
        measured: `${times(after / full)} (${mebibytes(after)} ÷ ${mebibytes(full)})`,
        bar: '≤ 1.05×',
        met: after / full <= 1.05,
      },
    ];
  });

const hour = (name: string): Promise<Result> =>
  withPage(dashboard.url, async (page) => {
    await turnTo(page, name);
    // The first hour warms it up
    await ask(page, 'minutes', 60);
    const before = await heap(page);
    await ask(page, 'minutes', 60);
    const after = await heap(page);
    return {
      what: `a second hour of events on the page ${name}: heap after ÷ before`,
      measured: `${times(after / before)} (${mebibytes(after)} ÷ ${mebibytes(before)})`,
      bar: '≤ 1.05×',
      met: after / before <= 1.05,
    };
  });

try {
  const paint = await alternate(rounds, {
    word: () => firstPaint(`${dashboard.url}blank`),
    ours: () => firstPaint(dashboard.url),
  });
  tell(`The dashboard (Chromium ${dashboard.browser.version()}, medians of ${rounds})`, [
    {
      what: 'first paint − that of a page of one word',
      measured: `${milliseconds(paint.ours - paint.word)} (${milliseconds(paint.ours)} − ${milliseconds(paint.word)})`,
    },
    ...(await sizes()),
    ...(await floods()),
    await hour('Overview'),
    await hour('Workloads'),
  ]);
} finally {
  await dashboard.close();
}
