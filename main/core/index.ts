/**
 * The core's front: one object for one project's cluster. Every front end comes through here.
 */
import type { Cluster, VmInfo } from './cluster';
import type { Config } from './config/schema';
import { isHostFix, k3sVmError, type ClusterFixId, type FixId } from './errors';
import { sshInteractive } from './guest/ssh';
import type { DoctorCheck, DoctorContext } from './host/doctor';
import { createVirsh } from './libvirt/virsh';
import type { ListedGolden } from './operations/golden';
import {
  isRunning,
  openEnvironment,
  requireVm,
  sshTarget,
  type Dependencies,
  type Environment,
} from './operations/environment';

export type { Cluster } from './cluster';
export type { ListedGolden } from './operations/golden';
export type { Dependencies } from './operations/environment';

/**
 * The cluster of one project. Nothing is asked of libvirt before the first call; each operation is loaded when it is
 * first used, so that `status` loads as little as possible.
 */
export function createCluster(config: Config, deps: Dependencies = {}): Cluster {
  let opened: Promise<Environment> | undefined;
  const env = (signal?: AbortSignal): Promise<Environment> => {
    opened ??= openEnvironment(config, deps, signal).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  return {
    config,
    setup: async (options, context) =>
      (await import('./operations/setup')).setup(await env(context.signal), options, context),
    plan: async ({ signal }) => (await import('./operations/plan')).plan(await env(signal), signal),
    start: async (options, context) =>
      (await import('./operations/start')).start(await env(context.signal), options, context),
    stop: async (options, context) =>
      (await import('./operations/stop')).stop(await env(context.signal), options, context),
    restart: async (options, context) =>
      (await import('./operations/restart')).restart(await env(context.signal), options, context),
    reset: async (options, context) =>
      (await import('./operations/reset')).reset(await env(context.signal), options, context),
    waitUntilIdle: async (idleMs, { signal }) =>
      (await import('./operations/idle')).waitUntilIdle(await env(signal), idleMs, signal),
    refreshKubeconfig: async ({ signal } = {}) =>
      (await import('./operations/refresh-kubeconfig')).refreshKubeconfig(await env(signal), signal),
    observe: async ({ signal } = {}) => (await import('./operations/status')).observe(await env(signal), signal),
    async status({ signal, background } = {}) {
      const opened = await env(signal);
      const { status } = await import('./operations/status');
      return inBackground(background, opened, () => status(opened, signal), signal);
    },
    usage: async ({ signal } = {}) => {
      const { parseUsage, usageArguments } = await import('./libvirt/usage');
      const { virsh } = await env(signal);
      const told = await virsh.expect(['no-domain'], usageArguments(config.name), { signal });
      return told === undefined ? undefined : parseUsage(told, Date.now());
    },
    watch: async (changed, { signal }) =>
      (await import('./operations/watch')).watch((await env(signal)).uri, changed, signal),
    inspect: async ({ signal }) => (await import('./operations/inspect')).inspect(await env(signal), signal),
    setClock: async ({ signal, background }) => {
      const opened = await env(signal);
      const vm = await requireVm(opened, signal);
      if (!isRunning(vm)) throw k3sVmError('VM_NOT_RUNNING', { name: config.name, state: vm.state.state });
      const { setGuestClock } = await import('./guest/clock');
      return inBackground(
        background,
        opened,
        () => setGuestClock(sshTarget(opened, vm.facts.uuid, vm.metadata), signal),
        signal,
      );
    },
    poolFreeBytes: async ({ signal } = {}) => {
      const { parsePool } = await import('./libvirt/volumes');
      const { virsh } = await env(signal);
      return parsePool(await virsh.run(['pool-dumpxml', config.pool], { signal })).availableBytes;
    },
    async *logs(options) {
      const { logs } = await import('./operations/logs');
      yield* logs(await env(options.signal), options);
    },
    async shell(command) {
      const opened = await env();
      const vm = await requireVm(opened);
      if (!isRunning(vm)) throw k3sVmError('VM_NOT_RUNNING', { name: config.name, state: vm.state.state });
      return sshInteractive(sshTarget(opened, vm.facts.uuid, vm.metadata), command);
    },
  };
}

/** Loaded only for background checks: a single command counts as use of the VM */
async function inBackground<T>(
  background: boolean | undefined,
  env: Environment,
  work: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (background !== true) return work();
  return (await import('./operations/traffic')).withOwnTraffic(env, work, signal);
}

/** The golden images of the configured pool. @throws what keeps libvirt from answering */
export async function listGoldenImages(
  config: Config,
  { signal, ...deps }: Dependencies & { readonly signal?: AbortSignal } = {},
): Promise<readonly ListedGolden[]> {
  const { listGolden } = await import('./operations/golden');
  return listGolden(await openEnvironment(config, deps, signal), signal);
}

/** Deletes the golden images that no VM uses. @returns those deleted */
export async function pruneGoldenImages(
  config: Config,
  { signal, ...deps }: Dependencies & { readonly signal: AbortSignal },
): Promise<readonly ListedGolden[]> {
  const { pruneGolden } = await import('./operations/golden');
  return pruneGolden(await openEnvironment(config, deps, signal), signal);
}

interface OnThisHost {
  readonly signal: AbortSignal;
  readonly trace?: Dependencies['trace'] | undefined;
}

/** What the doctor works with; its fixes keep out of the way of setups and resets. */
async function doctorContext(config: Config, { signal, trace }: OnThisHost): Promise<DoctorContext> {
  const { withConnectionLock } = await import('./operations/locks');
  const exclusively = <T>(uri: string, work: () => Promise<T>): Promise<T> =>
    withConnectionLock(uri, 'doctor --fix', { signal, report: () => undefined }, work);
  return { config, virshFor: (uri) => createVirsh(uri, trace), signal, exclusively };
}

/**
 * Looks at this machine, as host/doctor.ts does.
 *
 * @param onCheck called with each line as soon as those before it are known
 */
export async function examineHost(
  config: Config,
  on: OnThisHost,
  onCheck?: (check: DoctorCheck) => void,
): Promise<readonly DoctorCheck[]> {
  const { runDoctor } = await import('./host/doctor');
  return runDoctor(await doctorContext(config, on), onCheck);
}

/** How a running cluster is fixed. */
const clusterFixes: { readonly [id in ClusterFixId]: (cluster: Cluster, signal: AbortSignal) => Promise<unknown> } = {
  'refresh-kubeconfig': (cluster, signal) => cluster.refreshKubeconfig({ signal }),
  'set-clock': (cluster, signal) => cluster.setClock({ signal }),
};

/**
 * Does what a remedy's fixId names. Safe, and without harm when it is done twice.
 *
 * @throws what it fails with; the signal's reason when aborted
 */
export async function applyFix(id: FixId, cluster: Cluster, on: OnThisHost): Promise<void> {
  if (!isHostFix(id)) return void (await clusterFixes[id](cluster, on.signal));
  const { fixHost } = await import('./host/doctor');
  await fixHost(await doctorContext(cluster.config, on), id);
}

/** Every VM of this tool on the configured connection, whichever project made it. */
export async function listClusters(
  config: Pick<Config, 'connection'>,
  deps: Dependencies & { readonly signal?: AbortSignal } = {},
): Promise<readonly VmInfo[]> {
  const { list } = await import('./operations/list');
  return list(config.connection, (uri) => createVirsh(uri, deps.trace), deps.signal);
}
