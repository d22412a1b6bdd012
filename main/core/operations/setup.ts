/**
 * setup: from nothing, or from wherever an earlier one stopped, to a cluster that answers.
 *
 * The definition comes first: it says which volumes are the VM's, and which shared ones it needs, before they are made. A
 * VM that was defined but never became ready, and whose guest is off, broke off before or in the middle of cloud-init: it
 * holds no user data and is made anew.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { OperationContext } from '../cluster';
import { requireUsableName } from '../config/naming';
import type { Config, WaitFor } from '../config/schema';
import { isK3sVmError, k3sVmError, type ErrorCode } from '../errors';
import { createIdentity, hasKeys } from '../guest/identity';
import { iso9660 } from '../guest/iso9660';
import { seedFiles, type SeedFiles, type SeedSpec } from '../guest/seed';
import { chooseAcceleration } from '../host/acceleration';
import { preflight } from '../host/doctor';
import { ensureGuestImage, type GuestImage } from '../downloads/guest-image';
import { payload as layPayload } from '../k3s/payload';
import { ensureK3s, resolveK3sVersion } from '../k3s/releases';
import type { VmMetadata } from '../libvirt/metadata';
import { macFor, reserveAddress, userModeAddress, type NetworkFacts } from '../libvirt/networks';
import { ensurePool } from '../libvirt/volumes';
import { withTempFile } from '../files/temp-file';
import { linkProject, removeLeftovers } from '../files/vm-folder';
import { formatSize } from '../config/units';
import type { WorkContext } from '../progress';
import { define, redefine } from './definition';
import { bootStep, kubeconfigStep, newBringUp, readyStep, startStep, type BringUp } from './bring-up';
import { findVm, isRunning, requireVm, vmVolumes, type Environment, type OwnVm } from './environment';
import { distrustGolden, findGolden } from './golden';
import { goldenStep } from './golden-step';
import { chooseGround, claimGround, layGround, type Ground } from './ground';
import { idleWatchSteps } from './idle';
import { withConnectionLock, withVmLock } from './locks';
import { networkForNewVm } from './network';
import { makeOwnVolumes, requireFreeNames } from './own-volumes';
import { adopt } from './ownership';
import { choosePorts } from './ports';
import { disabledComponents } from './ready';
import { requireRealFolders } from './project-files';
import { removeVm } from './remove';
import { runSteps, type Step } from './steps';
import type { Claims } from './storage';

/** K3s' configuration file in the guest. https://docs.k3s.io/installation/configuration#configuration-file */
export function k3sConfig(env: Environment, address: string): Record<string, unknown> {
  const { name, k3s } = env.config;
  const own = k3s.config['tls-san'];
  const sans = [
    name,
    address,
    '127.0.0.1',
    ...(Array.isArray(own) ? own.map(String) : own === undefined ? [] : [String(own)]),
  ];
  const disable = [...new Set(disabledComponents(env.config))];
  return {
    'write-kubeconfig-mode': '0600',
    'node-name': name,
    ...k3s.config,
    'tls-san': [...new Set(sans)],
    ...(disable.length > 0 ? { disable } : {}),
  };
}

/** Digest of everything a VM is made from that cannot be changed on it later. */
export function recipeOf({ image, imageDigest, k3s, network, pool, diskBytes }: Config): string {
  const made = JSON.stringify([image, imageDigest, k3s, network, pool, diskBytes]);
  return createHash('sha256').update(made).digest('hex').slice(0, 16);
}

/** The seed of a VM: its network half depends on the connection. */
export function seedSpecOf(
  env: Environment,
  parts: Pick<SeedSpec, 'clientPublicKey' | 'hostKey' | 'instanceId' | 'offersGolden'> & {
    readonly address: string;
    readonly network?: NetworkFacts;
  },
): SeedSpec {
  const { network, address, ...identity } = parts;
  return {
    ...identity,
    name: env.config.name,
    mac: macFor(env.config.name),
    k3sConfig: k3sConfig(env, address),
    address:
      network === undefined ? userModeAddress : { ip: address, prefix: network.prefix, gateway: network.gateway },
  };
}

/** Lays out the seed disk. */
export const seedImage = (files: SeedFiles): ReturnType<typeof iso9660> =>
  iso9660(
    'cidata',
    Object.entries(files).map(([name, content]) => ({ name, content: content as string | Buffer })),
  );

interface Making {
  image?: GuestImage;
  k3s?: Awaited<ReturnType<typeof ensureK3s>>;
  acceleration?: 'kvm' | 'tcg';
}

const have = <T>(value: T | undefined): T => {
  if (value === undefined) throw k3sVmError('INTERNAL', { what: 'a step ran before the one it needs' });
  return value;
};

function preflightStep(env: Environment, making: Making): Step {
  return {
    id: 'preflight',
    title: 'Check this machine',
    run: async ({ signal }) => {
      const { config, uri, virshFor } = env;
      const { warnings, done } = await preflight({ config, uri, virshFor, signal });
      const { type, note } = await chooseAcceleration(config.acceleration, uri, { virshFor, signal });
      making.acceleration = type;
      return (
        [...done, ...warnings.map((warning) => warning.detail), ...(note === undefined ? [] : [note])].join('; ') ||
        undefined
      );
    },
  };
}

function imageStep(env: Environment, making: Making): Step {
  return {
    id: 'image',
    title: 'Get the guest image',
    run: async (work) => {
      making.image = await ensureGuestImage(env.config, env.arch, work);
      const { name, virtualBytes } = making.image;
      if (virtualBytes > env.config.diskBytes) {
        throw k3sVmError('DISK_SHRINK', {
          current: formatSize(virtualBytes),
          wanted: formatSize(env.config.diskBytes),
        });
      }
      return name;
    },
  };
}

function k3sStep(env: Environment, making: Making): Step {
  return {
    id: 'k3s',
    title: 'Get K3s',
    run: async (work) => {
      const { version } = await resolveK3sVersion(env.config, work);
      making.k3s = await ensureK3s(env.config, version, env.arch, work);
      return version;
    },
  };
}

/** Volumes and definition. One setup of a connection at a time is in here. */
function createStep(
  env: Environment,
  making: Making,
  leftover: OwnVm | undefined,
  shared: { current: BringUp | undefined },
): Step {
  return {
    id: 'create',
    title: 'Create the VM',
    run: async (work) => {
      if (leftover !== undefined) await removeVm(env, true, work);
      const { bringUp, note } = await withConnectionLock(env.uri, 'setup', work, () =>
        createVm(env, have(making.image), have(making.k3s), have(making.acceleration), work),
      );
      shared.current = bringUp;
      const { goldenVolume } = bringUp.metadata;
      const golden = goldenVolume === undefined ? [] : ['from the golden image, which has K3s already'];
      return [...golden, ...(note === undefined ? [] : [note])].join('; ') || undefined;
    },
  };
}

/**
 * Defines the VM, then makes what it stands on and its volumes. Whatever ends this in between, the definition says what is
 * the VM's, and the next setup or reset finds it.
 */
async function createVm(
  env: Environment,
  image: GuestImage,
  k3s: Awaited<ReturnType<typeof ensureK3s>>,
  acceleration: 'kvm' | 'tcg',
  work: WorkContext,
): Promise<{ readonly bringUp: BringUp; readonly note?: string | undefined }> {
  const { config, virsh } = env;
  const { signal, report } = work;
  const { name, pool, project, cpus, memoryBytes } = config;
  const { availableBytes, path: folder } = await ensurePool(virsh, pool, signal);
  const ingredients = { image, k3sVersion: k3s.version, payload: await layPayload(k3s) };
  const choose = (): Promise<Ground> => chooseGround(env, ingredients, availableBytes, signal);
  const first = await choose();
  await requireFreeNames(virsh, pool, name, signal);

  const { facts: network, note } = (await networkForNewVm(env, signal)) ?? {};
  const address = network === undefined ? '127.0.0.1' : await reserveAddress(virsh, network.name, name, signal);
  const ports = network === undefined ? await choosePorts(env, undefined, signal) : { sshPort: 22, apiPort: 6443 };

  const domain = { name, uuid: randomUUID() };
  const volumes = vmVolumes(name);
  const claiming = (claims: Claims): VmMetadata => ({
    schema: 1,
    phase: 'created',
    project,
    pool,
    k3sVersion: k3s.version,
    image: image.name,
    imageDigest: image.digest,
    ...claims,
    recipe: recipeOf(config),
    mac: macFor(name),
    keysIn: 'state',
    address,
    ...(network === undefined ? {} : { network: network.name, readsSeed: 'yes' }),
    ...ports,
  });
  const pathOf = (volume: string): string => `${folder}/${volume}`;
  const claim = async (claims: Claims): Promise<void> => {
    const payload = claims.payloadVolume === undefined ? {} : { payload: pathOf(claims.payloadVolume) };
    const disks = { systemDisk: pathOf(volumes.system), seed: pathOf(volumes.seed), ...payload };
    const metadata = claiming(claims);
    await define(env, { uuid: domain.uuid, acceleration, cpus, memoryBytes, ...disks, metadata }, signal);
  };
  const ground = await claimGround(env, first, choose, claim, signal);
  const backing = await layGround(env, ground, ingredients, work);

  report({ message: 'making its disk and keys' });
  const record = { name, connection: env.uri, project };
  await removeLeftovers(record);
  const { clientPublicKey, hostKey } = await createIdentity(domain.uuid, record, signal);
  await linkProject(project, domain.uuid);
  const spec = seedSpecOf(env, {
    clientPublicKey,
    hostKey,
    instanceId: domain.uuid,
    address,
    offersGolden: ground.claims.makesGolden !== undefined,
    ...(network ? { network } : {}),
  });
  const seed = seedImage(seedFiles(spec));
  const withSeed = (upload: (file: string) => Promise<string>): Promise<string> => withTempFile(seed.stream(), upload);
  const system = { capacity: ground.diskBytes, backing };
  const systemPath = await makeOwnVolumes(virsh, pool, domain, system, withSeed, signal);
  if (systemPath !== pathOf(volumes.system)) {
    throw k3sVmError(
      'POOL_UNAVAILABLE',
      { pool, uri: env.uri },
      `A volume of it is at ${systemPath}, not in ${folder}.`,
    );
  }
  return { bringUp: newBringUp(domain, claiming(ground.claims)), note };
}

/** Once a guest was silent under KVM, its domain is defined again without. */
const withoutKvm =
  (env: Environment, shared: { current: BringUp | undefined }, signal: AbortSignal) =>
  async (): Promise<VmMetadata> => {
    const vm = await requireVm(env, signal);
    const metadata = have(shared.current).metadata;
    return redefine(env, vm, { acceleration: 'tcg', metadata }, signal);
  };

/** Where an earlier setup left the VM. */
type Stage = 'fresh' | 'booting' | 'complete';

/** @returns `fresh` also for what has to be made anew: nothing of a user's can be on it */
async function stageOf(env: Environment, vm: OwnVm | undefined): Promise<Stage> {
  if (vm?.metadata.phase === 'provisioned') return 'complete';
  if (vm?.metadata.phase !== 'created' || !isRunning(vm)) return 'fresh';
  // A setup that failed for its settings is repeated with better ones; the guest would go on with the old.
  if (vm.metadata.recipe !== recipeOf(env.config)) return 'fresh';
  // It came from a golden image that was found broken since: waiting for it longer is of no use.
  const { goldenVolume, pool } = vm.metadata;
  if (goldenVolume !== undefined && (await findGolden(env.virsh, pool, goldenVolume)) === undefined) return 'fresh';
  // Without the keys that its seed names, a booting guest can never be reached again.
  return (await hasKeys(vm.facts.uuid, vm.facts.name)) ? 'booting' : 'fresh';
}

/**
 * What a golden image that is broken, and passed for whole, makes of a guest, and whether it is made again at once: one
 * that took all its time has none left for that.
 */
const brokenGround: { readonly [C in ErrorCode]?: 'again' | 'next time' } = {
  DISK_CORRUPT: 'again',
  VM_CRASHED: 'again',
  CLOUD_INIT_FAILED: 'again',
  BOOT_TIMEOUT: 'next time',
  GUEST_HUNG: 'next time',
};

/**
 * Sets a cluster up. A guest that does not come up from a golden image is made again without.
 *
 * @returns whether there was nothing to do
 * @throws any error of the catalogue; what was made stays for the next setup to finish or for reset to remove
 */
export async function setup(
  env: Environment,
  options: { readonly wait?: WaitFor },
  context: OperationContext,
): Promise<{ already: boolean }> {
  const { name } = env.config;
  return withVmLock(env.uri, name, 'setup', async () => {
    await requireRealFolders(env.config.project);
    try {
      return await bringAbout(env, options, context);
    } catch (error) {
      context.signal.throwIfAborted();
      const remedy = isK3sVmError(error) ? brokenGround[error.code as ErrorCode] : undefined;
      if (remedy === undefined) throw error;
      const metadata = (await findVm(env, context.signal))?.metadata;
      if (metadata?.phase !== 'created' || metadata.goldenVolume === undefined) throw error;
      await distrustGolden(env.virsh, metadata.pool, metadata.goldenVolume, context.signal);
      if (remedy === 'next time') throw error;
      return bringAbout(env, options, context, true);
    }
  });
}

/** @param anew whatever there is of the VM is of no use */
async function bringAbout(
  env: Environment,
  options: { readonly wait?: WaitFor },
  context: OperationContext,
  anew = false,
): Promise<{ already: boolean }> {
  const { name, acceleration } = env.config;
  const found = await findVm(env, context.signal);
  const vm = found && { ...found, metadata: await adopt(env, found, context.signal) };
  const stage = anew ? 'fresh' : await stageOf(env, vm);
  if (stage === 'fresh') requireUsableName(name);
  const making: Making = {};
  const shared: { current: BringUp | undefined } = {
    current: vm === undefined ? undefined : newBringUp(vm.facts, vm.metadata),
  };
  const make = [
    preflightStep(env, making),
    imageStep(env, making),
    k3sStep(env, making),
    createStep(env, making, vm, shared),
  ];
  const fallback = acceleration === 'auto' ? { onSilentKvm: withoutKvm(env, shared, context.signal) } : {};
  const steps = [
    ...(stage === 'fresh' ? make : []),
    startStep(env, shared, stage === 'complete' ? {} : fallback),
    ...(stage === 'complete' ? [] : [bootStep(env, shared), goldenStep(env, shared)]),
    kubeconfigStep(env, shared),
    readyStep(env, shared, options.wait ?? env.config.wait),
    ...idleWatchSteps(env),
  ];
  try {
    await runSteps('setup', name, steps, context);
  } finally {
    shared.current?.ended.abort();
  }
  return { already: stage === 'complete' && vm?.state.state === 'running' };
}
