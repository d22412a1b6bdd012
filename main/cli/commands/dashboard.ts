import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { version } from '../../../package.json';
import { exitStatus, k3sVmError } from '../../core/errors';
import { cliError } from '../errors';
import { findProgram } from '../../core/host/find-program';
import { assertUsableProject, findProject } from '../../core/config/project';
import { startDetached } from '../../core/process';
import type { StartWebDashboard } from '../../web';
import type { Cli } from '../context';
import { findWindow, hasDisplay, openers, type WindowCommand } from '../dashboard-host';
import { installation } from '../installation';
import { strings } from '../strings';

interface Options {
  readonly web?: boolean;
  readonly port?: string;
  /** commander's form of --no-open. */
  readonly open?: boolean;
  readonly hidden?: boolean;
  readonly json?: boolean;
}

export async function run(cli: Cli, options: Options): Promise<number> {
  const port = portOf(options.port);
  const project = findProject({ project: cli.options.project, cwd: cli.io.cwd, env: cli.io.env });
  assertUsableProject(project, cli.io.env);
  if (options.web !== true) {
    const window = await findWindow(installation(), cli.io.env);
    if (window !== undefined) {
      const failure = await openWindow(window, project, options.hidden === true);
      if (failure === undefined) return exitStatus.ok;
      cli.warn(strings.dashboard.windowFailed(window[0], failure));
      // Started at login, say: nobody asked for a page
      if (options.hidden === true) return exitStatus.failure;
      cli.note(strings.dashboard.browserInstead);
    } else {
      cli.note(hasDisplay(cli.io.env) ? strings.dashboard.noElectron : strings.dashboard.noDisplay);
    }
  }
  return serve(cli, options, project, port);
}

/** An Electron that cannot run here, for want of a library, say, ends within this time. Milliseconds. */
const electronWatchMs = 2000;

/** @returns why Electron did not start; undefined when it did */
async function openWindow(
  [electron, ...app]: WindowCommand,
  project: string,
  hidden: boolean,
): Promise<string | undefined> {
  const args = [...app, `--project=${project}`, ...(hidden ? ['--hidden'] : [])];
  try {
    await startDetached(electron, args, { cwd: project, watchMs: electronWatchMs });
    return undefined;
  } catch (error) {
    const { exitCode, signal, code } = error as { exitCode?: number; signal?: string; code?: string };
    const { exited, killed, notStarted } = strings.dashboard.failure;
    if (exitCode !== undefined) return exited(exitCode);
    return signal === undefined ? notStarted(code ?? String(error)) : killed(signal);
  }
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw k3sVmError('USAGE', { problem: strings.usage.port(text), help: 'k3s-vm dashboard --help' });
}

/** Serves the page until Ctrl-C. */
async function serve(cli: Cli, options: Options, project: string, port: number | undefined): Promise<number> {
  const root = installation();
  const bundle = join(root, 'dist', 'web.cjs');
  if (!existsSync(bundle)) throw cliError('NO_BUILD', { file: bundle });
  const { startWebDashboard } = (await import(__filename.endsWith('.cjs') ? bundle : pathToFileURL(bundle).href)) as {
    readonly startWebDashboard: StartWebDashboard;
  };
  const dashboard = await startWebDashboard(
    { project, version, bin: join(root, 'bin'), env: cli.io.env },
    join(root, 'dist', 'renderer'),
    port,
  );
  const url = dashboard.link('anyone');
  if (options.json === true) cli.io.stdout.write(`${JSON.stringify({ url })}\n`);
  else {
    cli.print(`${strings.dashboard.link(project)}\n\n  ${cli.style.cyan(url)}\n`);
    if (cli.io.env.SSH_CONNECTION) cli.note(strings.dashboard.overSsh(dashboard.port));
    cli.note(strings.dashboard.untilInterrupt);
  }
  // Its own link: this one is on a command line, which every user of this machine can read
  if (options.open !== false) await openPage(cli, dashboard.link('own-user'));
  await new Promise<void>((resolve) => {
    if (cli.signal.aborted) resolve();
    else cli.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await dashboard.close();
  return exitStatus.ok;
}

/** Opens the page on the user's screen, if there is one. That it cannot be opened is no failure: the link is printed. */
async function openPage(cli: Cli, url: string): Promise<void> {
  for (const [program, ...args] of openers(url, cli.io.env)) {
    const path = await findProgram([program], cli.io.env.PATH);
    if (path === undefined) continue;
    const started = await startDetached(path, args).then(
      () => true,
      () => false,
    );
    if (started) return;
  }
}
