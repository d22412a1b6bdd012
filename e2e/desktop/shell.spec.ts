/**
 * What is around the page: window, tray, notifications, quitting. It shows through the stand-in alone.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bridge, Push } from '../../preload/api';
import type { StandInApp } from '../electron-stand-in/launch';
import { expect, test } from './desktop';
import { strings } from '../../main/desktop/strings';
import type { User } from './user';

declare const window: { readonly k3sVm: Bridge; open(url: string): unknown; told: Push[] };

const { menu, quit } = strings;
/** However far it is. */
const setupInProgress = new RegExp(`${strings.operation.setup} in progress`);
const setupCancelled = strings.notification.cancelled(strings.operation.setup);
const libvirtLost = strings.stateLine('k3s-vm-demo', strings.libvirtLost);

const windowOf = (app: StandInApp) => app.ask((standIn) => standIn.window());
async function shown(app: StandInApp): Promise<void> {
  await app.page();
  await expect.poll(() => windowOf(app)).toMatchObject({ visible: true });
}
const trayText = (app: StandInApp) => app.ask((standIn) => standIn.tray().toolTip);
const remembered = (user: User): unknown => {
  const file = join(user.home, '.local/state/k3s-vm/desktop.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
};

/** A libvirt that has no VM, and answers nothing else: what asks more of it goes on until it is cancelled. */
const slowLibvirt = `case "$*" in
*'domstate --reason'*) echo "error: failed to get domain 'k3s-vm-demo'" >&2; exit 1 ;;
esac
while kill -0 $PPID 2>/dev/null; do /bin/sleep 1; done`;

async function beginOperation(app: StandInApp, user: User): Promise<void> {
  await shown(app);
  user.install('virsh', slowLibvirt);
  user.install('flock', 'exec /usr/bin/flock "$@"');
  const page = await app.page();
  expect(await page.evaluate(() => window.k3sVm.call('operation.run', { operation: 'setup' }))).toEqual({
    ok: true,
    value: null,
  });
  await expect.poll(() => trayText(app)).toMatch(setupInProgress);
}

test.describe('with a tray', () => {
  test('the tray tells the state and offers only what makes sense', async ({ launchStandIn }) => {
    const app = await launchStandIn();
    await shown(app);
    await expect.poll(() => trayText(app)).toBe(libvirtLost);
    const { icon, items } = await app.ask((standIn) => standIn.tray());
    expect(icon).toEqual({ file: 'unknown.png', width: 24, height: 24, dense: true });
    expect(
      items.map(({ type, label, enabled }) => (type === 'separator' ? '-' : `${label}${enabled ? '' : ' (off)'}`)),
    ).toEqual([
      `${libvirtLost} (off)`,
      '-',
      `${menu.start} (off)`,
      `${menu.stop} (off)`,
      `${menu.suspend} (off)`,
      '-',
      menu.open,
      `${menu.k9s} (off)`,
      '-',
      menu.quit,
    ]);
  });

  test('closing the window keeps the app, and the tray brings it back', async ({ launchStandIn }) => {
    const app = await launchStandIn();
    await shown(app);
    await app.ask((standIn) => standIn.userClosesWindow());
    expect(await windowOf(app)).toMatchObject({ visible: false });
    await app.ask((standIn, label) => standIn.chooseFromTray(label), menu.open);
    expect(await windowOf(app)).toMatchObject({ visible: true, focused: true });
    await app.ask((standIn) => standIn.userClosesWindow());
    await app.ask((standIn) => standIn.clickTray());
    expect(await windowOf(app)).toMatchObject({ visible: true, focused: true });
  });

  test('a start at login begins in the tray', async ({ launchStandIn, user }) => {
    const app = await launchStandIn({ args: ['--hidden', `--project=${user.project}`] });
    await (await app.page()).locator('#app > *').first().waitFor({ state: 'attached' });
    await expect.poll(() => trayText(app)).toMatch(/k3s-vm-demo/);
    expect(await windowOf(app)).toMatchObject({ visible: false });
  });

  test('quitting from the tray ends it at once where nothing is under way', async ({ launchStandIn }) => {
    const app = await launchStandIn();
    await shown(app);
    await app.ask((standIn, label) => standIn.chooseFromTray(label), menu.quit).catch(() => undefined);
    expect(await app.exited).toBe(0);
  });

  test('quitting during an operation asks, and staying is staying', async ({ launchStandIn, user }) => {
    const app = await launchStandIn();
    await beginOperation(app, user);
    await app.ask((standIn, label) => standIn.chooseFromTray(label), menu.quit);
    await expect
      .poll(() => app.ask((standIn) => standIn.dialogs()))
      .toMatchObject([
        {
          message: quit.message(strings.operation.setup),
          buttons: [quit.cancelAndQuit, quit.stay],
          defaultButton: quit.stay,
          cancelButton: quit.stay,
          modal: true,
        },
      ]);
    // Asking twice would be nagging
    await app.ask((standIn, label) => standIn.chooseFromTray(label), menu.quit);
    expect(await app.ask((standIn) => standIn.dialogs())).toHaveLength(1);
    await app.ask((standIn, label) => standIn.answerDialog(label), quit.stay);
    expect(await trayText(app)).toMatch(setupInProgress);

    await app.ask((standIn) => standIn.userClosesWindow());
    await app.ask((standIn, label) => standIn.chooseFromTray(label), menu.quit);
    await expect.poll(() => app.ask((standIn) => standIn.dialogs())).toMatchObject([{ modal: false }]);
    await app.ask((standIn, label) => standIn.answerDialog(label), quit.cancelAndQuit).catch(() => undefined);
    expect(await app.exited).toBe(0);
  });

  test('an operation that ends is told where the window is not looked at', async ({ launchStandIn, user }) => {
    const app = await launchStandIn();
    await shown(app);
    await beginOperation(app, user);
    await app.ask((standIn) => standIn.userClosesWindow());
    const page = await app.page();
    await page.evaluate(() => {
      window.told = [];
      window.k3sVm.subscribe((push) => window.told.push(push));
      return window.k3sVm.call('operation.cancel', null);
    });
    await expect
      .poll(() => app.ask((standIn) => standIn.notifications()))
      .toEqual([{ title: setupCancelled, body: 'k3s-vm-demo' }]);
    await app.ask((standIn, title) => standIn.clickNotification(title), setupCancelled);
    expect(await windowOf(app)).toMatchObject({ visible: true });
    await expect
      .poll(() => page.evaluate(() => window.told.filter(({ name }) => name === 'navigate')))
      .toEqual([{ name: 'navigate', payload: { page: 'overview' } }]);
  });

  test('an operation that ends is not told to one who watches it', async ({ launchStandIn, user }) => {
    const app = await launchStandIn();
    await shown(app);
    await beginOperation(app, user);
    await (await app.page()).evaluate(() => window.k3sVm.call('operation.cancel', null));
    await expect.poll(() => trayText(app)).not.toMatch(setupInProgress);
    expect(await app.ask((standIn) => standIn.notifications())).toEqual([]);
  });

  test('a second start turns the first to its project, and goes', async ({ launchStandIn, user }) => {
    const app = await launchStandIn();
    await shown(app);
    await app.ask((standIn) => standIn.userClosesWindow());
    const other = user.makeProject('k3s-vm-other');
    expect(await app.startAgain([], other)).toBe(0);
    await expect.poll(() => trayText(app)).toMatch(/^k3s-vm-other: /);
    expect(await windowOf(app)).toMatchObject({ visible: true, focused: true });
    expect(await app.startAgain([`--project=${user.project}`])).toBe(0);
    await expect.poll(() => trayText(app)).toMatch(/^k3s-vm-demo: /);
  });

  test('a second start that asks for no project, or for no window, changes nothing else', async ({ launchStandIn }) => {
    const app = await launchStandIn();
    await shown(app);
    await app.ask((standIn) => standIn.userClosesWindow());
    expect(await app.startAgain(['--hidden'])).toBe(0);
    expect(await app.startAgain([])).toBe(0);
    await shown(app);
    expect(await trayText(app)).toMatch(/^k3s-vm-demo: /);
  });

  test('a second start during an operation is refused its project, and says so', async ({ launchStandIn, user }) => {
    const app = await launchStandIn();
    await beginOperation(app, user);
    const other = user.makeProject('k3s-vm-other');
    expect(await app.startAgain([], other)).toBe(0);
    await expect
      .poll(() => app.ask((standIn) => standIn.notifications().map(({ title }) => title)))
      .toEqual([strings.actionFailed(strings.switchTo(other))]);
    expect(await trayText(app)).toMatch(/^k3s-vm-demo: /);
  });

  test('the window comes back where it was, with the project it had', async ({ launchStandIn, user }) => {
    const bounds = { x: 200, y: 120, width: 900, height: 640 };
    const first = await launchStandIn();
    await shown(first);
    await first.ask((standIn, bounds) => standIn.userMovesWindow(bounds), bounds);
    await expect
      .poll(() => remembered(user))
      .toMatchObject({ window: { bounds, maximized: false }, project: user.project });
    await first.ask((standIn, label) => standIn.chooseFromTray(label), menu.quit).catch(() => undefined);
    await first.exited;

    const second = await launchStandIn({ args: [] });
    await shown(second);
    expect(await windowOf(second)).toMatchObject({ bounds });
    expect(await trayText(second)).toMatch(/^k3s-vm-demo: /);
  });

  test('the theme that is preferred is the ground before the page has painted', async ({ launchStandIn }) => {
    const app = await launchStandIn();
    await shown(app);
    expect(await windowOf(app)).toMatchObject({ backgroundColor: '#f5f6f8' });
    await (await app.page()).evaluate(() => window.k3sVm.call('app.setPreferences', { theme: 'dark' }));
    await expect.poll(() => windowOf(app)).toMatchObject({ backgroundColor: '#0f1216' });
    await app.ask((standIn, label) => standIn.chooseFromTray(label), menu.quit).catch(() => undefined);
    await app.exited;

    const second = await launchStandIn();
    await shown(second);
    expect(await windowOf(second)).toMatchObject({ backgroundColor: '#0f1216' });
  });

  test('a page that crashes is loaded again; one that keeps crashing, when the user says so', async ({
    launchStandIn,
  }) => {
    const app = await launchStandIn();
    await shown(app);
    await app.page();
    await app.ask((standIn) => standIn.pageCrashes());
    await app.ask((standIn) => standIn.pageCrashes());
    await expect
      .poll(() => app.ask((standIn) => standIn.dialogs()))
      .toMatchObject([{ buttons: [strings.crashLoop.reload] }]);
    await app.ask((standIn, label) => standIn.answerDialog(label), strings.crashLoop.reload);
    const page = await app.page();
    await expect
      .poll(() => page.evaluate(() => window.k3sVm.call('app.info', null)).catch(() => undefined))
      .toMatchObject({ ok: true });
  });
});

test.describe('without a tray', () => {
  test.use({ tray: false });

  test('it says so once, and works', async ({ launchStandIn, user }) => {
    const app = await launchStandIn();
    await shown(app);
    await expect
      .poll(() => app.ask((standIn) => standIn.notifications().map(({ title }) => title)))
      .toEqual([strings.noTray.title]);
    expect(await app.ask((standIn) => standIn.hasTray())).toBe(false);
    expect(await (await app.page()).evaluate(() => window.k3sVm.call('app.info', null))).toMatchObject({
      value: { tray: false },
    });
    expect(remembered(user)).toMatchObject({ noTrayTold: true });
    await app.ask((standIn) => standIn.userClosesWindow()).catch(() => undefined);
    expect(await app.exited).toBe(0);

    const second = await launchStandIn();
    await shown(second);
    await (await second.page()).locator('#app > *').first().waitFor();
    expect(await second.ask((standIn) => standIn.notifications())).toEqual([]);
  });

  test('an app that quits while its page loads takes the page with it', async ({ launchStandIn }) => {
    const app = await launchStandIn();
    await app.page();
    await app.ask((standIn) => standIn.userClosesWindow()).catch(() => undefined);
    expect(await app.exited).toBe(0);
    // A page that was left behind complains of its missing parts, and every complaint fails the spec
    await new Promise((resolve) => setTimeout(resolve, 500));
  });
});

test("a call that is not the page's own is refused with an answer", async ({ launchStandIn }) => {
  const app = await launchStandIn();
  await (await app.page()).locator('#app > *').first().waitFor({ state: 'attached' });
  for (const who of ['a frame in the page', 'another window', 'another page', 'a frame that is gone'] as const) {
    const answer = await app.ask((standIn, who) => standIn.callAs(who, 'app.info', null), who);
    expect(answer, who).toMatchObject({ ok: false, error: { message: expect.stringContaining(strings.wrongSender) } });
  }
});

test('a window that the page opens goes to the browser where it is documentation, else nowhere', async ({
  launchStandIn,
}) => {
  const app = await launchStandIn();
  const page = await app.page();
  for (const url of ['https://docs.k3s.io/installation', 'https://evil.example/', 'file:///etc/passwd'])
    await page.evaluate((url) => void window.open(url), url);
  await expect.poll(() => app.ask((standIn) => standIn.openedOutside())).toEqual(['https://docs.k3s.io/installation']);
  await expect
    .poll(() =>
      page
        .context()
        .pages()
        .filter((page) => /k3s\.io|evil/.test(page.url())),
    )
    .toEqual([]);
  app.problems.splice(0);
});

test('the page may write to the clipboard, and nothing more', async ({ launchStandIn }) => {
  const app = await launchStandIn();
  await (await app.page()).locator('#app > *').first().waitFor({ state: 'attached' });
  const asked = [
    'clipboard-sanitized-write',
    'clipboard-read',
    'notifications',
    'geolocation',
    'media',
    'openExternal',
  ];
  const granted = await app.ask(
    (standIn, asked) => asked.map((permission) => [permission, standIn.askPermission(permission)] as const),
    asked,
  );
  expect(granted.filter(([, { request, check }]) => request || check)).toEqual([
    ['clipboard-sanitized-write', { request: true, check: true }],
  ]);
});

test('a window whose display is gone comes to one that is there', async ({ launchStandIn, user }) => {
  const first = await launchStandIn({
    displays: [
      { x: 0, y: 0, width: 1920, height: 1040 },
      { x: 1920, y: 0, width: 1920, height: 1040 },
    ],
  });
  await shown(first);
  await first.ask((standIn) => standIn.userMovesWindow({ x: 2400, y: 100, width: 900, height: 640 }));
  await expect.poll(() => remembered(user)).toMatchObject({ window: { bounds: { x: 2400 } } });
  await first.ask((standIn, label) => standIn.chooseFromTray(label), menu.quit).catch(() => undefined);
  await first.exited;

  const second = await launchStandIn();
  await shown(second);
  expect((await windowOf(second)).bounds).toMatchObject({ width: 900, height: 640 });
  expect((await windowOf(second)).bounds.x).toBeLessThan(1920);
});

test('a first start from the menu asks for a folder until it can be a project', async ({ launchStandIn, user }) => {
  const app = await launchStandIn({ args: [] });
  const asked = () => app.ask((standIn) => standIn.fileDialogs());
  await expect.poll(asked).toEqual([strings.askForProject.title]);
  await app.ask((standIn, home) => standIn.answerFileDialog(home), user.home);
  await expect
    .poll(() => app.ask((standIn) => standIn.errorBoxes()))
    .toMatchObject([{ title: strings.askForProject.unusable }]);
  await expect.poll(asked).toHaveLength(1);
  await app.ask((standIn, project) => standIn.answerFileDialog(project), user.project);
  await shown(app);
  await expect.poll(() => trayText(app)).toMatch(/^k3s-vm-demo: /);
});

test('a first start whose question is cancelled, or that nobody sees, ends', async ({ launchStandIn }) => {
  const app = await launchStandIn({ args: [] });
  await expect.poll(() => app.ask((standIn) => standIn.fileDialogs())).toHaveLength(1);
  await app.ask((standIn) => standIn.answerFileDialog(null)).catch(() => undefined);
  expect(await app.exited).toBe(0);
  const hidden = await launchStandIn({ args: ['--hidden'] });
  expect(await hidden.exited).toBe(0);
});

test('a project that is not there is said, and nothing starts', async ({ launchStandIn, user }) => {
  const app = await launchStandIn({ args: [`--project=${join(user.home, 'gone')}`] });
  expect(await app.exited).toBe(1);
  expect(app.output()).toContain(`There is no folder ${join(user.home, 'gone')}`);
});
