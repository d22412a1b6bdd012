/**
 * plan: what setup would make. Looks, and changes nothing.
 */
import type { Plan } from '../cluster';
import { k3sConfigFile, seedFiles, type SeedSpec } from '../guest/seed';
import { chooseAcceleration } from '../host/acceleration';
import { cachedGuestImage } from '../downloads/guest-image';
import { payload as layPayload } from '../k3s/payload';
import { cachedK3s, resolveK3sVersion } from '../k3s/releases';
import { domainXml } from '../libvirt/domain-xml';
import { chooseAddress, macFor } from '../libvirt/networks';
import { defaultPoolPath, volumeNames } from '../libvirt/volumes';
import type { WorkContext } from '../progress';
import { redactUrls, withoutSecrets } from '../redact';
import { findVm, vmVolumes, type Environment } from './environment';
import { chooseGolden } from './golden';
import { specOf } from './definition';
import { plannedNetwork } from './network';
import { requireFreeNames } from './own-volumes';
import { recipeOf } from './make-vm';
import { seedSpecOf } from './seed';

/** An image that is not in the cache yet cannot have become a golden image on this machine. */
async function goldenOf(env: Environment, version: string, work: WorkContext): Promise<NonNullable<Plan['golden']>> {
  const { config, arch } = env;
  if (!config.goldenImage) return 'none';
  const image = await cachedGuestImage(config, arch, work);
  const k3s = image && (await cachedK3s(config, version, arch, work));
  if (image === undefined || k3s === undefined) return 'made';
  const choice = await chooseGolden(env, image, await layPayload(k3s), work.signal);
  return choice === undefined ? 'none' : 'from' in choice ? 'used' : 'made';
}

/** @throws what setup would meet before it makes anything */
export async function plan(env: Environment, signal: AbortSignal): Promise<Plan> {
  const { config, virsh, virshFor, uri } = env;
  const vm = await findVm(env, signal);
  if (vm === undefined) await requireFreeNames(virsh, config.pool, config.name, signal);
  const work = { signal, report: () => undefined };
  const { type: acceleration } = await chooseAcceleration(config.acceleration, uri, { virshFor, signal });
  const { version } = await resolveK3sVersion(config, work);
  const golden = await goldenOf(env, version, work);
  const network = await plannedNetwork(env, signal);
  const own = network?.reservations.find((r) => r.mac === macFor(config.name))?.ip;
  const taken = new Set(network?.reservations.map((r) => r.ip));
  const address = network === undefined ? '127.0.0.1' : (own ?? chooseAddress(network, config.name, taken));
  const seed = seedSpecOf(env, {
    clientPublicKey: '(made by setup)',
    hostKey: { privateKey: '', publicKey: '' },
    instanceId: '(made by setup)',
    address,
    ...(network === undefined ? {} : { network }),
  });
  const files = seedFiles(seed);
  const folder = defaultPoolPath(uri);
  const volumes = vmVolumes(config.name);
  const spec = specOf(env, {
    uuid: '00000000-0000-0000-0000-000000000000',
    acceleration,
    cpus: config.cpus,
    memoryBytes: config.memoryBytes,
    systemDisk: `${folder}/${volumes.system}`,
    seed: `${folder}/${volumes.seed}`,
    ...(golden === 'used' ? {} : { payload: `${folder}/k3s-vm-payload-${version.replaceAll('+', '-')}.iso` }),
    metadata: {
      schema: 1,
      phase: 'created',
      project: config.project,
      pool: config.pool,
      k3sVersion: version,
      image: config.image,
      imageDigest: config.imageDigest ?? '',
      baseVolume: '',
      recipe: recipeOf(config),
      mac: seed.mac,
      address,
      sshPort: config.ports.ssh ?? (network === undefined ? 0 : 22),
      apiPort: config.ports.api ?? (network === undefined ? 0 : 6443),
      ...(network === undefined ? {} : { network: network.name }),
    },
  });
  const there = await volumeNames(virsh, config.pool, signal);
  return {
    connection: uri,
    acceleration,
    k3sVersion: version,
    image: redactUrls(config.image),
    golden,
    volumes: [
      { name: volumes.system, bytes: config.diskBytes, exists: there.includes(volumes.system) },
      { name: volumes.seed, bytes: 0, exists: there.includes(volumes.seed) },
    ],
    domainXml: redactUrls(domainXml(spec)),
    userData: files['user-data'],
    metaData: files['meta-data'],
    networkConfig: files['network-config'],
    k3sConfig: k3sConfigFile({ k3sConfig: withoutSecrets(seed.k3sConfig) as SeedSpec['k3sConfig'] }),
  };
}
