/**
 * A core without libvirt, for the dashboard's tests.
 */
import type { Cluster, OperationContext, Status, VmInfo, VmState } from '../core/cluster';
import type { LoadedConfig } from '../core/config/load';
import { loadConfig } from '../core/config/load';
import type { OperationName } from '../core/progress';
import type { Core, ProjectRef } from './core';

export interface FakeCore extends Core {
  /** What libvirt says now; an error is thrown. */
  vm: VmInfo | Error;
  /** Thrown by `load` and `open`. */
  configError: Error | undefined;
  readonly calls: string[];
  /** Every time it was asked how the cluster is. */
  readonly checks: { readonly background: boolean }[];
  /** What an operation does. */
  work: (operation: OperationName, context: OperationContext) => Promise<void>;
  lines: readonly string[];
  /** Sends an event of libvirt about the project's VM. */
  event(): void;
  touchConfig(): void;
}

export const fakeVm = (state: VmState, more: Partial<VmInfo> = {}): VmInfo => ({
  name: 'k3s-demo',
  connection: 'qemu:///system',
  state,
  cpus: 2,
  memoryBytes: 4 * 2 ** 30,
  diskBytes: 20 * 2 ** 30,
  ...more,
});

export function fakeCore(env: Readonly<Record<string, string | undefined>>): FakeCore {
  const watching = new Set<() => void>();
  let version = 1;
  const core: FakeCore = {
    vm: fakeVm('running'),
    configError: undefined,
    calls: [],
    checks: [],
    work: () => Promise.resolve(),
    lines: [],
    event() {
      for (const changed of watching) changed();
    },
    touchConfig: () => void (version += 1),
    configVersion: () => Promise.resolve(String(version)),
    async load({ path }: ProjectRef): Promise<LoadedConfig> {
      if (core.configError !== undefined) throw core.configError;
      return loadConfig({ project: path, cwd: path, env });
    },
    list: () => Promise.resolve(core.vm instanceof Error || core.vm.state === 'absent' ? [] : [core.vm]),
    async open(ref, flags = {}): Promise<Cluster> {
      const { path } = ref;
      const { config } = await core.load(ref);
      const set = Object.keys(flags).length > 0 ? ` ${JSON.stringify(flags)}` : '';
      const operate =
        (operation: OperationName) =>
        async <T>(options: object, context: OperationContext, result: T): Promise<T> => {
          core.calls.push(`${operation} ${JSON.stringify(options)}${set}`);
          await core.work(operation, context);
          return result;
        };
      const observe = (): Promise<VmInfo> =>
        core.vm instanceof Error ? Promise.reject(core.vm) : Promise.resolve(core.vm);
      const already = { already: false };
      return {
        config,
        setup: (options, context) => operate('setup')(options, context, already),
        start: (options, context) => operate('start')(options, context, already),
        stop: (options, context) => operate('stop')(options, context, already),
        restart: (options, context) => operate('restart')(options, context, undefined),
        reset: (options, context) => operate('reset')(options, context, { removed: [] }),
        plan: () => Promise.reject(new Error('not in this fake')),
        refreshKubeconfig: () => {
          core.calls.push('refreshKubeconfig');
          return Promise.resolve('');
        },
        observe,
        async status({ background } = {}): Promise<Status> {
          core.checks.push({ background: background === true });
          const vm = await observe();
          return {
            schemaVersion: 1,
            vm,
            healthy: true,
            checks: [],
            kubeconfig: { path: `${path}/.kube/config`, exists: true },
          };
        },
        usage: () => Promise.resolve(undefined),
        watch: (changed, { signal }) =>
          new Promise((_resolve, reject) => {
            if (core.vm instanceof Error) reject(core.vm);
            const tell = (): void => changed(config.name);
            watching.add(tell);
            signal.addEventListener(
              'abort',
              () => {
                watching.delete(tell);
                reject(signal.reason as Error);
              },
              { once: true },
            );
          }),
        inspect: () => Promise.resolve({ versions: '', domainXml: undefined }),
        waitUntilIdle: () => Promise.resolve('watched'),
        setClock: () => {
          core.calls.push('setClock');
          return Promise.resolve(0);
        },
        poolFreeBytes: () => Promise.resolve(100 * 2 ** 30),
        async *logs() {
          for (const line of core.lines) yield await Promise.resolve(line);
        },
        shell: () => Promise.resolve(0),
      };
    },
  };
  return core;
}
