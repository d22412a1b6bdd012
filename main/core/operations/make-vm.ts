/**
 * The steps that make a VM: from nothing to a domain with its disks.
 */
import { createHash, randomUUID } from 'node:crypto';
import { formatSize } from '../config/units';
import type { Config } from '../config/schema';
import { ensureGuestImage, type GuestImage } from '../downloads/guest-image';
import { k3sVmError } from '../errors';
import { withTempFile } from '../files/temp-file';
import { linkProject, removeLeftovers } from '../files/vm-folder';
import { createIdentity } from '../guest/identity';
import { seedFiles } from '../guest/seed';
import { chooseAcceleration } from '../host/acceleration';
import { preflight } from '../host/doctor';
import { payload as layPayload, type K3sFiles } from '../k3s/payload';
import { ensureK3s, resolveK3sVersion } from '../k3s/releases';
import type { VmMetadata } from '../libvirt/metadata';
import { macFor, reserveAddress } from '../libvirt/networks';
import { ensurePool } from '../libvirt/volumes';
import type { WorkContext } from '../progress';
import type { DefinedVm } from './bring-up/guest';
import { define } from './definition';
import { vmVolumes, type Environment, type OwnVm } from './environment';
import { chooseGround, claimGround, layGround, type Ground } from './ground';
import { withConnectionLock } from './locks';
import { networkForNewVm } from './network';
import { makeOwnVolumes, requireFreeNames } from './own-volumes';
import { choosePorts } from './ports';
import { removeVm } from './remove';
import { seedImage, seedSpecOf } from './seed';
import type { MakingStep } from './steps';
import type { Claims } from './storage';

/** Digest of everything a VM is made from that cannot be changed on it later. */
export function recipeOf({ image, imageDigest, k3s, network, pool, diskBytes }: Config): string {
  const made = JSON.stringify([image, imageDigest, k3s, network, pool, diskBytes]);
  return createHash('sha256').update(made).digest('hex').slice(0, 16);
}

/** What a VM is made of. */
interface Ingredients {
  readonly acceleration: 'kvm' | 'tcg';
  readonly image: GuestImage;
  readonly k3s: K3sFiles;
}

/** Checks that a cluster can run here, and how. */
export const preflightStep = (env: Environment): MakingStep<unknown, Pick<Ingredients, 'acceleration'>> => ({
  id: 'preflight',
  title: 'Check this machine',
  run: async ({ signal }) => {
    const { config, uri, virshFor } = env;
    const { warnings, done } = await preflight({ config, uri, virshFor, signal });
    const { type, note } = await chooseAcceleration(config.acceleration, uri, { virshFor, signal });
    const told = [...done, ...warnings.map(({ detail }) => detail), ...(note === undefined ? [] : [note])];
    return { made: { acceleration: type }, message: told.join('; ') || undefined };
  },
});

/** Gets the guest image. */
export const imageStep = <Given extends object>(
  env: Environment,
): MakingStep<Given, Given & Pick<Ingredients, 'image'>> => ({
  id: 'image',
  title: 'Get the guest image',
  run: async (work, given) => {
    const image = await ensureGuestImage(env.config, env.arch, work);
    const { name, virtualBytes } = image;
    if (virtualBytes > env.config.diskBytes) {
      throw k3sVmError('DISK_SHRINK', {
        current: formatSize(virtualBytes),
        wanted: formatSize(env.config.diskBytes),
      });
    }
    return { made: { ...given, image }, message: name };
  },
});

/** Gets the files of K3s. */
export const k3sStep = <Given extends object>(
  env: Environment,
): MakingStep<Given, Given & Pick<Ingredients, 'k3s'>> => ({
  id: 'k3s',
  title: 'Get K3s',
  run: async (work, given) => {
    const { version } = await resolveK3sVersion(env.config, work);
    return { made: { ...given, k3s: await ensureK3s(env.config, version, env.arch, work) }, message: version };
  },
});

/**
 * Makes volumes and definition. One setup of a connection at a time is in here.
 *
 * @param leftover what an earlier setup left of the VM; it is removed
 */
export const createStep = (env: Environment, leftover: OwnVm | undefined): MakingStep<Ingredients, DefinedVm> => ({
  id: 'create',
  title: 'Create the VM',
  run: async (work, ingredients) => {
    if (leftover !== undefined) await removeVm(env, true, work);
    const { vm, note } = await withConnectionLock(env.uri, 'setup', work, () => createVm(env, ingredients, work));
    const golden = vm.metadata.goldenVolume === undefined ? [] : ['from the golden image, which has K3s already'];
    return { made: vm, message: [...golden, ...(note === undefined ? [] : [note])].join('; ') || undefined };
  },
});

/**
 * Defines the VM, then creates its volumes and those it is based on. If this is interrupted, the definition names what
 * belongs to the VM, so that the next setup or reset finds it.
 */
async function createVm(
  env: Environment,
  { image, k3s, acceleration }: Ingredients,
  work: WorkContext,
): Promise<{ readonly vm: DefinedVm; readonly note?: string | undefined }> {
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
      `One of its volumes is at ${systemPath}, not in ${folder}.`,
    );
  }
  return { vm: { domain, metadata: claiming(ground.claims) }, note };
}
