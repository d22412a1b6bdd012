/**
 * The part that both hosts of the window share: it looks after a project, answers calls, and sends all windows the same
 * pushes.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer, CallName, ProjectEntry, Push, StreamBatch, VmInfo } from '../../preload/api';
import { complete, programOnPath, type Caller } from '../core/caller';
import { defaultName } from '../core/config/naming';
import { assertUsableProject, findProject } from '../core/config/project';
import { asK3sVmError, errorData, k3sVmError } from '../core/errors';
import { realCore, type Core, type ProjectRef } from './core';
import type { Dashboard, DashboardOptions, DashboardSession } from './dashboard';
import { createHandlers } from './handlers';
import { checkInput, isCallName } from './inputs';
import { preferenceStore } from './preferences';
import { showProject, type ShownProject } from './project';
import { projectEntries } from './projects';
import { createStreams, type Streams } from './streams';
import { strings } from './strings';

export type { Dashboard, DashboardOptions, DashboardSession } from './dashboard';

/** How often the list of projects is refreshed while a window is open, in milliseconds. */
const projectsMs = 10_000;

/**
 * Starts looking after a project.
 *
 * @param core another core, for tests
 * @throws USAGE when the project folder is not there
 */
export function createDashboard(options: DashboardOptions, core?: Core): Dashboard {
  const env = options.env ?? process.env;
  const using = core ?? realCore(env, options.bin);
  const ended = new AbortController();
  const { signal } = ended;

  const sessions = new Map<Streams, (push: Push) => void>();
  const watched = (): boolean => sessions.size > 0;
  /** Commands are pasted into a terminal that may be anywhere: they name the project, or the VM where that is gone. */
  const { K3S_VM_COMMAND: command = '' } = env;
  // By its name where it is on PATH: our own folder may be one in the Nix store, or deep in a package
  const onPath = command !== '' && !command.includes('/') ? command : programOnPath(env, options.bin) && 'k3s-vm';
  const callerNow = (): Caller => {
    const { path, picture } = shown;
    const { name } = picture.get();
    return {
      program: onPath ?? join(options.bin, 'k3s-vm'),
      wrappers: options.bin,
      options: [existsSync(path) ? ['--project', path] : ['--name', name]],
    };
  };
  const tell = (push: Push): void => {
    const completed = complete(push, callerNow());
    for (const listener of [...sessions.values()]) listener(completed);
  };
  /** Of a batch only the end can hold a remedy. Its items are the guest's, and there may be thousands a second. */
  const completeBatch = ({ end, ...batch }: StreamBatch): StreamBatch =>
    end === undefined ? batch : { ...batch, end: complete(end, callerNow()) };

  // --- The project that is shown

  const show = (project: ProjectRef, sequence: number): ShownProject =>
    showProject(using, project, sequence, {
      snapshot(payload) {
        tell({ name: 'snapshot', payload });
        // The entry of the shown project comes from its snapshot, so libvirt need not be asked
        tellProjects();
      },
      stats: (payload) => tell({ name: 'stats', payload }),
      othersChanged: () => void listProjects().catch(() => undefined),
      watched,
    });
  const first = findProject({ project: options.project, env });
  let shown = show({ path: first, name: defaultName(first) }, 0);

  let turning = Promise.resolve();
  /** @throws BUSY during an operation; USAGE for what is no project */
  function select(project: string): Promise<void> {
    const turn = async (): Promise<void> => {
      const next = await refOf(project);
      if (next.path === shown.path) return;
      const { name, operation, sequence } = shown.picture.get();
      if (operation !== null) throw k3sVmError('BUSY', { name, operation: operation.operation });
      await shown.close();
      shown = show(next, sequence + 1);
      tell({ name: 'snapshot', payload: shown.picture.get() });
    };
    const turned = turning.then(turn);
    turning = turned.catch(() => undefined);
    return turned;
  }

  /** A project folder, or one that was deleted while its VM still exists. */
  async function refOf(project: string): Promise<ProjectRef> {
    if (!existsSync(project)) {
      const left = (await listProjects()).find((entry) => entry.project === project);
      if (left !== undefined) return { path: project, name: left.name, connection: left.connection };
    }
    const path = findProject({ project, env });
    assertUsableProject(path, env);
    return { path, name: defaultName(path) };
  }

  // --- All projects

  let vms: readonly VmInfo[] = [];
  let projects: readonly ProjectEntry[] = [];
  function tellProjects(): void {
    const next = projectEntries(vms, shown.picture.get());
    if (JSON.stringify(next) === JSON.stringify(projects)) return;
    projects = next;
    tell({ name: 'projects', payload: projects });
  }
  async function listProjects(): Promise<readonly ProjectEntry[]> {
    const connection = await using.load(shown.observer.project()).then(
      ({ config }) => config.connection,
      () => 'auto',
    );
    // If libvirt does not respond, keep the last known list; the snapshot reports the failure
    vms = await using.list(connection, signal).catch(() => vms);
    tellProjects();
    return projects;
  }
  const projectTimer = setInterval(() => {
    if (watched()) void listProjects();
  }, projectsMs);
  projectTimer.unref();

  // --- Calls

  const handlers = createHandlers({
    options,
    env,
    core: using,
    preferences: preferenceStore(env, options.bin, options.host === 'desktop'),
    shown: () => shown,
    select,
    listProjects,
    tell,
    signal,
  });

  async function answer<C extends CallName>(name: C, input: unknown, streams: Streams): Promise<Answer<C>> {
    try {
      if (!isCallName(name)) throw k3sVmError('USAGE', { problem: strings.noCall(String(name)) });
      const checked = checkInput(name, input);
      if ('problem' in checked) throw k3sVmError('USAGE', { problem: checked.problem });
      return complete({ ok: true, value: await handlers[name](checked.value, { streams }) }, callerNow());
    } catch (thrown) {
      return { ok: false, error: errorData(complete(asK3sVmError(thrown), callerNow())) };
    }
  }

  return {
    connect(listener): DashboardSession {
      const streams = createStreams((batch) => listener({ name: 'stream', payload: completeBatch(batch) }));
      sessions.set(streams, listener);
      // While no window was open, the VM was checked less often
      void shown.observer.look();
      return {
        call: (name, input) => answer(name, input, streams),
        close() {
          sessions.delete(streams);
          streams.closeAll();
        },
      };
    },
    snapshot: () => complete(shown.picture.get(), callerNow()),
    async close() {
      clearInterval(projectTimer);
      await turning;
      await shown.close();
      ended.abort();
      for (const streams of sessions.keys()) streams.closeAll();
      sessions.clear();
    },
  };
}
