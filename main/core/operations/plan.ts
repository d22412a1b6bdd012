/**
 * plan: what setup would make. Looks, and changes nothing.
 */
import type { Plan } from '../cluster';
import { maskedSeed, seedFiles } from '../guest/seed';
import { chooseAcceleration } from '../host/acceleration';
import { resolveK3sVersion } from '../k3s/releases';
import { domainXml } from '../libvirt/domain-xml';
import { chooseAddress, lookAtNetwork, macFor } from '../libvirt/networks';
import { defaultPoolPath, volumeNames } from '../libvirt/volumes';
import { findVm, vmVolumes, type Environment } from './environment';
import { specOf } from './definition';
import { recipeOf, seedSpecOf } from './setup';

/** @throws what setup would meet before it makes anything */
export async function plan(env: Environment, signal: AbortSignal): Promise<Plan> {
  const { config, virsh, virshFor, uri } = env;
  await findVm(env, signal);
  const work = { signal, report: () => undefined };
  const { type: acceleration } = await chooseAcceleration(config.acceleration, uri, { virshFor, signal });
  const { version } = await resolveK3sVersion(config, work);
  const network = env.session ? undefined : await lookAtNetwork(virsh, config.network, signal);
  const own = network?.reservations.find((r) => r.mac === macFor(config.name))?.ip;
  const taken = new Set(network?.reservations.map((r) => r.ip));
  const address = network === undefined ? '127.0.0.1' : (own ?? chooseAddress(network, config.name, taken));
  const masked = { privateKey: '(masked)', publicKey: '(made by setup)' };
  const seed = seedSpecOf(env, {
    clientPublicKey: '(made by setup)',
    hostKey: masked,
    instanceId: '(made by setup)',
    address,
    ...(network === undefined ? {} : { network }),
  });
  const files = maskedSeed(seedFiles(seed));
  const folder = defaultPoolPath(uri);
  const volumes = vmVolumes(config.name);
  const spec = specOf(env, {
    uuid: '00000000-0000-0000-0000-000000000000',
    acceleration,
    cpus: config.cpus,
    memoryBytes: config.memory,
    systemDisk: `${folder}/${volumes.system}`,
    seed: `${folder}/${volumes.seed}`,
    payload: `${folder}/k3s-vm-payload-${version.replaceAll('+', '-')}.iso`,
    metadata: {
      schema: 1,
      phase: 'created',
      project: config.project,
      pool: config.pool,
      k3sVersion: version,
      image: config.image,
      imageDigest: config.imageDigest ?? '',
      baseVolume: '',
      payloadVolume: '',
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
    image: config.image,
    volumes: [
      { name: volumes.system, bytes: config.disk, exists: there.includes(volumes.system) },
      { name: volumes.seed, bytes: 0, exists: there.includes(volumes.seed) },
    ],
    domainXml: domainXml(spec),
    userData: files['user-data'],
    metaData: files['meta-data'],
    networkConfig: files['network-config'],
  };
}
