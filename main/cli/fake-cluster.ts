/**
 * A cluster that needs no libvirt, for the tests of commands and rendering.
 */
import { PassThrough } from 'node:stream';
import type { Cluster, OperationContext, Status, VmInfo } from '../core/cluster';
import type { ListedGolden } from '../core';
import type { Config } from '../core/config/schema';
import { fakeMachine } from '../core/host/fake-host';
import type { Machine } from '../core/host/machine';
import type { OperationName, ProgressEvent } from '../core/progress';
import type { Interrupt } from './interrupt';
import type { Core, Io } from './io';
import { runCli } from './main';

export interface FakeOptions {
  readonly vm?: Partial<VmInfo>;
  readonly status?: Partial<Status>;
  readonly vms?: readonly VmInfo[];
  readonly golden?: readonly ListedGolden[] | Error;
  readonly lines?: readonly string[];
  /** What an operation does instead of its two steps. */
  readonly work?: (operation: OperationName, context: OperationContext) => Promise<void>;
  readonly already?: boolean;
  /** What waiting for idleness comes to. */
  readonly idle?: 'not-running' | 'watched';
}

/** Emits the events of one step from start to end. */
export function step(operation: OperationName, index: number, more: Partial<ProgressEvent> = {}): ProgressEvent {
  return {
    operation,
    step: `step-${index}`,
    title: `Step ${index}`,
    index,
    total: 2,
    state: 'started',
    elapsedMs: 0,
    ...more,
  };
}

function fakeCore(calls: string[], fake: FakeOptions = {}): Core {
  const createCluster = (config: Config): Cluster => {
    const vm: VmInfo = {
      name: config.name,
      connection: 'qemu:///system',
      state: 'running',
      project: config.project,
      ...fake.vm,
    };
    const operate = async (operation: OperationName, options: object, context: OperationContext): Promise<void> => {
      calls.push(`${operation} ${JSON.stringify(options)}`);
      if (fake.work !== undefined) return fake.work(operation, context);
      for (const index of [1, 2]) {
        context.emit(step(operation, index));
        context.emit(step(operation, index, { state: 'done', elapsedMs: 1000 * index }));
      }
    };
    const withAlready = async (
      operation: OperationName,
      options: object,
      context: OperationContext,
    ): Promise<{ already: boolean }> => {
      await operate(operation, options, context);
      return { already: fake.already ?? false };
    };
    return {
      config,
      setup: (options, context) => withAlready('setup', options, context),
      start: (options, context) => withAlready('start', options, context),
      stop: (options, context) => withAlready('stop', options, context),
      restart: (options, context) => operate('restart', options, context),
      async reset(options, context) {
        await operate('reset', options, context);
        return { removed: [`VM ${config.name}`] };
      },
      plan: () =>
        Promise.resolve({
          connection: 'qemu:///system',
          acceleration: 'tcg' as const,
          k3sVersion: 'v1.36.1+k3s1',
          image: config.image,
          volumes: [{ name: `${config.name}.qcow2`, bytes: config.diskBytes, exists: false }],
          domainXml: '<domain/>',
          userData: '#cloud-config\n',
          metaData: '',
          networkConfig: '',
        }),
      refreshKubeconfig: () => Promise.resolve('/project/.kube/config'),
      observe: () => Promise.resolve(vm),
      status: () =>
        Promise.resolve({
          schemaVersion: 1 as const,
          vm,
          healthy: vm.state === 'running' ? true : null,
          checks: [],
          kubeconfig: { path: `${config.project}/.kube/config`, exists: true },
          ...fake.status,
        }),
      usage: () => Promise.resolve(undefined),
      watch: () => Promise.resolve(),
      inspect: () => Promise.resolve({ versions: '', domainXml: undefined }),
      setClock: () => Promise.resolve(0),
      waitUntilIdle(idleMs) {
        calls.push(`waitUntilIdle ${idleMs}`);
        return Promise.resolve(fake.idle ?? 'idle');
      },
      poolFreeBytes: () => Promise.resolve(0),
      async *logs(options) {
        calls.push(`logs ${options.source} ${options.follow} ${options.lines ?? 'all'}`);
        yield* await Promise.resolve(fake.lines ?? []);
      },
      shell(command) {
        calls.push(`shell ${command.join(' ')}`);
        return Promise.resolve(7);
      },
    };
  };
  const golden = (): Promise<readonly ListedGolden[]> =>
    fake.golden instanceof Error ? Promise.reject(fake.golden) : Promise.resolve(fake.golden ?? []);
  return {
    createCluster(config) {
      calls.push(`cluster ${config.name} in ${config.project}`);
      return createCluster(config);
    },
    listClusters: () => Promise.resolve(fake.vms ?? []),
    listGoldenImages: golden,
    pruneGoldenImages: async () => (await golden()).filter(({ inUse }) => !inUse),
  };
}

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What was asked of the cluster. */
  readonly calls: readonly string[];
}

export interface RunOptions extends FakeOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Terminals instead of pipes, this wide. */
  readonly columns?: number;
  /** What the user types. */
  readonly input?: string;
  readonly interrupt?: Interrupt;
  /** Default: a Debian that lacks nothing. */
  readonly machine?: Machine;
}

export const idleInterrupt = (signal: AbortSignal = new AbortController().signal): Interrupt => ({
  signal,
  operation: '',
  onFirst: () => undefined,
  onSecond: () => undefined,
  childHasTerminal: false,
});

/** Runs the command line against a fake cluster. */
export async function runFake(args: readonly string[], options: RunOptions): Promise<Ran> {
  const calls: string[] = [];
  const written = { stdout: '', stderr: '' };
  const output = (name: 'stdout' | 'stderr'): Io['stdout'] => ({
    write: (text) => (written[name] += text),
    isTTY: options.columns !== undefined,
    columns: options.columns,
  });
  const stdin = Object.assign(new PassThrough(), { isTTY: options.columns !== undefined });
  if (options.input !== undefined) stdin.end(options.input);
  const io: Io = {
    env: { HOME: '/nonexistent', NO_COLOR: '1', ...options.env },
    cwd: options.cwd,
    stdin,
    stdout: output('stdout'),
    stderr: output('stderr'),
    core: () => Promise.resolve(fakeCore(calls, options)),
    machine: () => Promise.resolve(options.machine ?? fakeMachine()),
    self: ['node', '/opt/k3s-vm.cjs', ...args],
    now: () => Date.parse('2026-01-02T03:04:05Z'),
    elapsed: () => 0,
  };
  const status = await runCli(args, io, options.interrupt ?? idleInterrupt());
  return { status, ...written, calls };
}
