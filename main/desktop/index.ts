/**
 * Electron's main process: the steps of its setup in their order, the window last.
 */
import { app, dialog, ipcMain, nativeTheme, protocol, session } from 'electron';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '../../package.json';
import type { ErrorData, Page, Preferences, Snapshot } from '../../preload/api';
import { complete } from '../core/caller';
import { asK3sVmError } from '../core/errors';
import { stateDir } from '../core/paths';
import { run } from '../core/process';
import { createDashboard } from '../dashboard';
import type { Dashboard } from '../dashboard/dashboard';
import { createActions } from './actions';
import { setApplicationMenu } from './application-menu';
import { parseArguments } from './arguments';
import { askForProject } from './ask-for-project';
import { appFiles } from './files';
import { guardContents, guardSession } from './guard';
import { createMainWindow, loadPage } from './main-window';
import { openMemory } from './memory';
import { noticeOf } from './notification';
import { notify } from './notifier';
import { servePage } from './page-calls';
import { setUpQuitting } from './quitting';
import { registerRendererScheme, serveRenderer } from './renderer-files';
import { onSecondStart, takeTurn, type StartRequest } from './single-instance';
import { requestedProject, usualProject } from './start-project';
import { strings } from './strings';
import { createTray } from './tray';
import { hasTray } from './tray-host';

const env = process.env;
const files = appFiles(__dirname);

function begin(): void {
  const { project: named, hidden } = parseArguments(process.argv);
  const project = requestedProject({ named, cwd: process.cwd(), env });
  const request: StartRequest = { hidden, ...(project === undefined ? {} : { project }) };
  keepProfileInStateFolder();
  if (!takeTurn(app, request)) {
    app.exit();
    return;
  }
  registerRendererScheme(protocol);
  guardContents(app);
  // Asked while Electron starts. A panel may come up later than what starts at login, and nobody waits for that one.
  const tray = hasTray({ run, attempts: hidden ? 10 : 1 });
  const opened = app.whenReady().then(async () => open(request, await tray));
  opened.catch(cannotStart);
  onSecondStart(app, (later) => void opened.then((turnTo) => turnTo(later)));
}

/** @returns what turns the app to a later start's request */
async function open(request: StartRequest, tray: boolean): Promise<(later: StartRequest) => void> {
  const memory = openMemory(env);
  const project =
    request.project ??
    usualProject(memory.get().project, { cwd: process.cwd(), env }) ??
    (request.hidden ? undefined : await askForProject(env));
  if (project === undefined) {
    app.exit();
    return () => undefined;
  }
  const dashboard = createDashboard({
    host: 'desktop',
    project,
    version,
    bin: files.bin,
    tray,
    env,
  });
  nativeTheme.themeSource = await preferredTheme(dashboard);
  guardSession(session.defaultSession);
  serveRenderer(protocol, files.renderer);
  setApplicationMenu(app);

  const window = createMainWindow({
    memory,
    preload: files.preload,
    icon: files.icon,
    first: !request.hidden ? 'shown' : tray ? 'hidden' : 'minimized',
    onClose: () => (tray ? window.browserWindow.hide() : app.quit()),
  });
  const page = servePage(ipcMain, window.browserWindow.webContents, dashboard);
  const showPage = (name: Page): void => {
    window.show();
    page.tell({ name: 'navigate', payload: { page: name } });
  };
  const failed = (what: string, { message, hints }: ErrorData): void => {
    const fix = hints.find(({ command }) => command !== undefined)?.command;
    const body = fix === undefined ? message : `${message}\n${fix}`;
    notify({ title: strings.actionFailed(what), body, onClick: window.show }, files.icon);
  };

  let previous: Snapshot | null = null;
  let showInTray: (snapshot: Snapshot) => void = () => undefined;
  const tell = (snapshot: Snapshot): void => {
    showInTray(snapshot);
    const notice = noticeOf(previous, snapshot);
    previous = snapshot;
    memory.set({ project: snapshot.project });
    if (notice !== null && !(notice.unlessFocused && window.browserWindow.isFocused()))
      notify({ ...notice, onClick: () => showPage(notice.page) }, files.icon);
  };
  const shell = dashboard.connect((push) => {
    if (push.name === 'snapshot') tell(push.payload);
    else if (push.name === 'preferences') nativeTheme.themeSource = push.payload.theme;
  });
  const actions = createActions({ session: shell, show: window.show, quit: () => app.quit(), failed });
  if (tray) showInTray = createTray({ icons: files.trayIcons, onAction: (action) => actions.tray[action]() });
  tell(dashboard.snapshot());
  setUpQuitting(app, window.browserWindow, dashboard);
  await loadPage(window);

  if (!tray && memory.get().noTrayTold !== true) {
    notify(strings.noTray, files.icon);
    memory.set({ noTrayTold: true });
  }
  return (later) => {
    if (later.project !== undefined && later.project !== dashboard.snapshot().project) actions.turnTo(later.project);
    if (!later.hidden) window.show();
  };
}

/** Chromium's profile is no configuration: it must not fill the folder of the user's config.yaml. */
function keepProfileInStateFolder(): void {
  const folder = join(stateDir(env), 'chromium');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  app.setPath('userData', folder);
}

async function preferredTheme(dashboard: Dashboard): Promise<Preferences['theme']> {
  const asking = dashboard.connect(() => undefined);
  const answer = await asking.call('app.preferences', null);
  asking.close();
  return answer.ok ? answer.value.theme : 'system';
}

function cannotStart(thrown: unknown): void {
  const caller = { program: join(files.bin, 'k3s-vm'), wrappers: files.bin, options: [] };
  const { message, hints } = complete(asK3sVmError(thrown), caller);
  const text = [message, ...hints.map((hint) => [hint.text, hint.command].filter(Boolean).join('\n  '))].join('\n\n');
  dialog.showErrorBox(strings.cannotStart, text);
  app.exit(1);
}

try {
  begin();
} catch (error) {
  cannotStart(error);
}
