/**
 * What each call of the contract does. A call without a handler does not compile.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import type { CallName, Input, LogLine, Output, ProjectEntry, Push } from '../../preload/api';
import { setInFile, unsetInFile } from '../core/config/edit';
import type { LoadedConfig } from '../core/config/load';
import { k3sVmError } from '../core/errors';
import { applyFix } from '../core/index';
import { projectConfigFile, userConfigFile } from '../core/paths';
import type { Core, Environment } from './core';
import type { DashboardOptions } from './dashboard';
import { doctorLines } from './doctor';
import { deleteWorkload, restartDeployment, workloadApi } from './kubernetes';
import { podLog } from './pod-logs';
import type { PreferenceStore } from './preferences';
import type { ShownProject } from './project';
import { describeResources, thisHost, writeResources } from './resources';
import { assertSettable, problemOf, settingEntries } from './settings';
import type { Streams } from './streams';
import { strings } from './strings';
import { supportBundle } from './support-bundle';
import { openTerminal } from './terminal';
import { workloadChanges } from './workloads';

/** What the handlers work with. */
export interface Desk {
  readonly options: DashboardOptions;
  readonly env: Environment;
  readonly core: Core;
  readonly preferences: PreferenceStore;
  /** The project that is shown now. */
  readonly shown: () => ShownProject;
  /** Turns to another project. */
  readonly select: (project: string) => Promise<void>;
  readonly listProjects: () => Promise<readonly ProjectEntry[]>;
  readonly tell: (push: Push) => void;
  /** Raised when the dashboard closes. */
  readonly signal: AbortSignal;
}

export type Handlers = {
  readonly [C in CallName]: (input: Input<C>, session: { readonly streams: Streams }) => Output<C> | Promise<Output<C>>;
};

export function createHandlers(desk: Desk): Handlers {
  const { options, env, core, preferences, shown, signal } = desk;
  const picture = () => shown().picture.get();
  const load = (): Promise<LoadedConfig> => core.load(shown().observer.project());

  async function resources(): Promise<Output<'resources.get'>> {
    const [loaded, vms, free] = await Promise.all([
      load(),
      core.list('auto', signal).catch(() => []),
      shown()
        .observer.cluster()
        .then((cluster) => cluster.poolFreeBytes({ signal }))
        .catch(() => null),
    ]);
    const { vm, name } = picture();
    const others = vms.filter((other) => other.name !== name || other.connection !== vm?.connection);
    return describeResources(loaded, vm, others, free, thisHost());
  }

  function fileOf(scope: 'project' | 'user'): string {
    const { path } = shown();
    if (scope === 'user') return userConfigFile(env);
    if (!existsSync(path)) throw k3sVmError('USAGE', { problem: strings.projectGone(path) });
    return projectConfigFile(path);
  }

  /** A change of the configuration shows at once, not with the next round. */
  async function entriesAfterChange(): Promise<Output<'settings.set'>> {
    void shown().observer.look();
    return settingEntries(await load());
  }

  async function* clusterLog(input: Input<'logs.open'>, until: AbortSignal): AsyncGenerator<LogLine> {
    const cluster = await shown().observer.cluster();
    for await (const text of cluster.logs({ ...input, follow: true, signal: until })) yield { text };
  }

  return {
    'app.info': () => ({
      version: options.version,
      host: options.host,
      tray: options.tray,
      home: env.HOME ?? homedir(),
      bin: options.bin,
    }),
    'app.preferences': () => preferences.get(),
    'app.setPreferences': async (change) => {
      const payload = await preferences.set(change);
      desk.tell({ name: 'preferences', payload });
      return payload;
    },

    'projects.list': desk.listProjects,
    'projects.select': async ({ project }) => {
      await desk.select(project);
      return picture();
    },

    'snapshot.get': picture,
    'snapshot.refresh': async () => {
      await shown().observer.refresh();
      return null;
    },
    'stats.history': () => shown().history.samples(),

    'operation.run': (input) => {
      shown().operations.run(input);
      return null;
    },
    'operation.cancel': () => {
      shown().operations.cancel();
      return null;
    },
    'operation.dismiss': () => {
      shown().operations.dismiss();
      return null;
    },
    'fix.run': async ({ fixId }) => {
      await applyFix(fixId, await shown().observer.cluster(), { signal });
      await shown().observer.refresh();
      return null;
    },

    'doctor.run': async () => doctorLines((await load()).config, signal),

    'resources.get': resources,
    'resources.apply': async ({ restart, ...wanted }) => {
      await writeResources(fileOf('project'), await resources(), wanted);
      await shown().observer.look();
      if (restart && picture().vm?.state === 'running') shown().operations.run({ operation: 'restart' });
      return resources();
    },

    'settings.get': async () => {
      const loaded = await load();
      return { entries: settingEntries(loaded), files: loaded.files };
    },
    'settings.check': ({ key, text }) => ({ problem: problemOf(key, text) }),
    'settings.set': async ({ key, text, scope }) => {
      assertSettable(key, text);
      await setInFile(fileOf(scope), scope, key, text);
      return entriesAfterChange();
    },
    'settings.unset': async ({ key, scope }) => {
      assertSettable(key, null);
      await unsetInFile(fileOf(scope), scope, key);
      return entriesAfterChange();
    },

    'logs.open': (input, { streams }) => ({
      stream: streams.open((until) => clusterLog(input, until), shown().signal),
    }),
    'logs.openPod': (input, { streams }) => {
      const { path, signal: until } = shown();
      return { stream: streams.open((stop) => podLog(path, input, stop), until) };
    },
    'workloads.open': (_input, { streams }) => {
      const { path, run, signal: until } = shown();
      return { stream: streams.open((stop) => workloadChanges(workloadApi(path, run), stop), until) };
    },
    'workloads.restart': async ({ namespace, name }) => {
      await restartDeployment(shown().path, namespace, name);
      return null;
    },
    'workloads.delete': async ({ kind, namespace, name }) => {
      await deleteWorkload(shown().path, kind, namespace, name);
      return null;
    },
    'stream.ack': ({ stream, items }, { streams }) => {
      streams.ack(stream, items);
      return null;
    },
    'stream.close': ({ stream }, { streams }) => {
      streams.close(stream);
      return null;
    },

    'support.bundle': async () => {
      const snapshot = picture();
      const zip = await supportBundle({
        version: options.version,
        snapshot,
        cluster: () => shown().observer.cluster(),
        settings: async () => settingEntries(await load()),
        doctor: async () => doctorLines((await load()).config, signal),
        signal,
      });
      const day = new Date().toISOString().slice(0, 10);
      return { fileName: `${snapshot.name}-support-${day}.zip`, base64: Buffer.from(zip).toString('base64') };
    },
    'terminal.open': async ({ what }) => {
      const wanted = await load().then(
        ({ config }) => config.terminal,
        () => null,
      );
      return { terminal: await openTerminal({ what, project: shown().path, bin: options.bin, env, wanted }) };
    },
  };
}
