/**
 * What both hosts of the window stand on: it knows the project, does what a window asks, and tells every window the same.
 */
import { homedir } from 'node:os';
import {
  safeFixes,
  type Answer,
  type CallName,
  type Input,
  type LogLine,
  type Output,
  type ProjectEntry,
  type Push,
} from '../../preload/api';
import { setInFile, unsetInFile } from '../core/config/edit';
import { assertUsableProject, findProject } from '../core/config/project';
import { asK3sVmError, errorData, k3sVmError } from '../core/errors';
import { realCore, type Core } from './core';
import type { Dashboard, DashboardOptions, DashboardSession } from './dashboard';
import { createDoctor } from './doctor';
import { checkInput, isCallName } from './inputs';
import { preferenceStore } from './preferences';
import { showProject, type ShownProject } from './project';
import { projectEntries } from './projects';
import { describeResources, thisHost, writeResources } from './resources';
import { problemOf, settingEntries } from './settings';
import { createStreams, type Streams } from './streams';
import { supportBundle } from './support-bundle';
import { openTerminal } from './terminal';
import { deleteWorkload, podLog, restartDeployment, workloadApi, workloadChanges } from './workloads';

export type { Dashboard, DashboardOptions, DashboardSession } from './dashboard';

/** How often the list of projects is looked at while a window is open, in milliseconds. */
const projectsMs = 10_000;

type Handlers = {
  readonly [C in CallName]: (input: Input<C>, session: { readonly streams: Streams }) => Promise<Output<C>>;
};

/**
 * Begins to look after a project.
 *
 * @param core another core, for tests
 * @throws USAGE when the project folder is not there or cannot be a project
 */
export function createDashboard(options: DashboardOptions, core?: Core): Dashboard {
  const env = options.env ?? process.env;
  const using = core ?? realCore(env);
  const ended = new AbortController();
  const { signal } = ended;
  const listeners = new Set<(push: Push) => void>();
  const tell = (push: Push): void => {
    for (const listener of [...listeners]) listener(push);
  };
  const show = (path: string): ShownProject =>
    showProject(using, path, {
      snapshot: (payload) => tell({ name: 'snapshot', payload }),
      stats: (payload) => tell({ name: 'stats', payload }),
      watched: () => listeners.size > 0,
    });
  const usable = (path: string): string => {
    const project = findProject({ project: path, env });
    assertUsableProject(project, env);
    return project;
  };

  let shown = show(usable(options.project));
  const preferences = preferenceStore(env, options.bin);
  const doctor = createDoctor(signal);
  const load = () => using.load(shown.path);

  let projects: readonly ProjectEntry[] = [];
  async function listProjects(): Promise<readonly ProjectEntry[]> {
    const connection = await load().then(
      ({ config }) => config.connection,
      () => 'auto',
    );
    const vms = await using.list({ connection }, signal);
    const next = projectEntries(vms, shown.picture.get());
    if (JSON.stringify(next) !== JSON.stringify(projects)) {
      projects = next;
      tell({ name: 'projects', payload: projects });
    }
    return projects;
  }
  const projectTimer = setInterval(() => {
    if (listeners.size > 0) void listProjects().catch(() => undefined);
  }, projectsMs);
  projectTimer.unref();

  async function resources(): Promise<Output<'resources.get'>> {
    const [loaded, vms, free] = await Promise.all([
      load(),
      using.list({ connection: 'auto' }, signal).catch(() => []),
      Promise.resolve()
        .then(() => shown.cluster().poolFreeBytes({ signal }))
        .catch(() => null),
    ]);
    const { vm } = shown.picture.get();
    const others = vms.filter(({ name, connection }) => name !== loaded.config.name || connection !== vm?.connection);
    return describeResources(loaded, vm, others, free, thisHost());
  }

  /** A change of the configuration shows at once, not with the next round. */
  const changed = async (): Promise<readonly ReturnType<typeof settingEntries>[number][]> => {
    void shown.observer.refresh();
    return settingEntries(await load());
  };
  const fileOf = async (scope: 'project' | 'user'): Promise<string> => {
    const { projectConfigFile, userConfigFile } = await import('../core/paths');
    return scope === 'user' ? userConfigFile(env) : projectConfigFile(shown.path);
  };
  async function* clusterLog(source: Input<'logs.open'>, stop: AbortSignal): AsyncGenerator<LogLine> {
    for await (const text of shown.cluster().logs({ ...source, follow: true, signal: stop })) yield { text };
  }

  const handlers: Handlers = {
    'app.info': () =>
      Promise.resolve({
        version: options.version,
        host: options.host,
        tray: options.tray,
        home: env.HOME ?? homedir(),
        bin: options.bin,
      }),
    'app.preferences': () => preferences.get(),
    'app.setPreferences': async (change) => {
      const now = await preferences.set(change);
      tell({ name: 'preferences', payload: now });
      return now;
    },
    'projects.list': listProjects,
    'projects.select': async ({ project }) => {
      const next = usable(project);
      if (next === shown.path) return shown.picture.get();
      const { name, operation } = shown.picture.get();
      if (operation !== null) throw k3sVmError('BUSY', { name, operation: operation.operation, pid: process.pid });
      await shown.close();
      shown = show(next);
      tell({ name: 'snapshot', payload: shown.picture.get() });
      return shown.picture.get();
    },
    'snapshot.get': () => Promise.resolve(shown.picture.get()),
    'snapshot.refresh': async () => {
      await shown.observer.refresh();
      return null;
    },
    'stats.history': () => Promise.resolve(shown.history.samples),
    'operation.run': (input) => {
      shown.operations.run(input);
      return Promise.resolve(null);
    },
    'operation.cancel': () => {
      shown.operations.cancel();
      return Promise.resolve(null);
    },
    'operation.dismiss': () => {
      shown.operations.dismiss();
      return Promise.resolve(null);
    },
    'health.fix': async ({ id }) => {
      if (!Object.hasOwn(safeFixes, id)) throw k3sVmError('USAGE', { problem: `"${id}" has no fix that is safe.` });
      if (id === 'kubeconfig') await shown.cluster().refreshKubeconfig({ signal });
      else await shown.cluster().setClock({ signal });
      await shown.observer.refresh();
      return null;
    },
    'doctor.run': async () => doctor.run((await load()).config),
    'doctor.fix': async ({ id }) => {
      const lines = await doctor.fix((await load()).config, id);
      void shown.observer.refresh();
      return lines;
    },
    'resources.get': resources,
    'resources.apply': async ({ restart, ...wanted }) => {
      const { configured } = await resources();
      await writeResources(await fileOf('project'), configured, wanted);
      await shown.observer.refresh();
      if (restart && shown.picture.get().vm?.state === 'running') shown.operations.run({ operation: 'restart' });
      return resources();
    },
    'settings.get': async () => {
      const loaded = await load();
      return { entries: settingEntries(loaded), files: loaded.files };
    },
    'settings.check': ({ key, text }) => Promise.resolve({ problem: problemOf(key, text) }),
    'settings.set': async ({ key, text, scope }) => {
      await setInFile(await fileOf(scope), scope, key, text);
      return changed();
    },
    'settings.unset': async ({ key, scope }) => {
      await unsetInFile(await fileOf(scope), scope, key);
      return changed();
    },
    'logs.open': (input, { streams }) => Promise.resolve({ stream: streams.open((stop) => clusterLog(input, stop)) }),
    'logs.openPod': (input, { streams }) =>
      Promise.resolve({ stream: streams.open((stop) => podLog(shown.kubeconfig, input, stop)) }),
    'workloads.open': (_input, { streams }) =>
      Promise.resolve({ stream: streams.open((stop) => workloadChanges(workloadApi(shown.kubeconfig), stop)) }),
    'workloads.restart': async ({ namespace, name }) => {
      await restartDeployment(shown.kubeconfig, namespace, name);
      return null;
    },
    'workloads.delete': async ({ kind, namespace, name }) => {
      await deleteWorkload(shown.kubeconfig, kind, namespace, name);
      return null;
    },
    'stream.ack': ({ stream, items }, { streams }) => {
      streams.ack(stream, items);
      return Promise.resolve(null);
    },
    'stream.close': ({ stream }, { streams }) => {
      streams.close(stream);
      return Promise.resolve(null);
    },
    'support.bundle': async () => {
      const zip = await supportBundle({
        version: options.version,
        cluster: shown.observer.cluster(),
        loaded: load,
        doctor: async () => doctor.run((await load()).config),
        signal,
      });
      const day = new Date().toISOString().slice(0, 10);
      const { name } = shown.picture.get();
      return { fileName: `${name}-support-${day}.zip`, base64: Buffer.from(zip).toString('base64') };
    },
    'terminal.open': async ({ what }) => ({
      terminal: await openTerminal(what, { project: shown.path, bin: options.bin, env }),
    }),
  };

  async function answer<C extends CallName>(
    name: C,
    input: unknown,
    session: { readonly streams: Streams },
  ): Promise<Answer<C>> {
    try {
      if (!isCallName(name)) throw k3sVmError('USAGE', { problem: `There is no call "${String(name)}".` });
      const checked = checkInput(name, input);
      if ('problem' in checked) throw k3sVmError('USAGE', { problem: checked.problem });
      return { ok: true, value: await handlers[name](checked.value, session) };
    } catch (thrown) {
      return { ok: false, error: errorData(asK3sVmError(thrown)) };
    }
  }

  return {
    connect(listener): DashboardSession {
      listeners.add(listener);
      const streams = createStreams((payload) => listener({ name: 'stream', payload }));
      return {
        call: (name, input) => answer(name, input, { streams }),
        close() {
          listeners.delete(listener);
          streams.closeAll();
        },
      };
    },
    snapshot: () => shown.picture.get(),
    async close() {
      clearInterval(projectTimer);
      await shown.close();
      ended.abort();
    },
  };
}
