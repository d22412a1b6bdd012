/**
 * Who needs what in a storage pool: a volume is never deleted while any domain, ours or not, names it or uses it as a
 * backing image.
 *
 * libvirt would delete a volume under a running guest without a warning, so this looks first: at the definitions of all
 * domains of the connection, as they run and as they will, and at what each volume of the pool is an overlay on. The
 * definitions take two virsh processes, the volumes two more.
 */
import { domainUuids } from './domains';
import { metadataOf, type VmMetadata } from './metadata';
import { parseVolume, volumeList } from './volumes';
import { classifyFault, virshError, type Virsh, type VirshCall } from './virsh';
import { parseXml, unescapeXml } from './xml';

export interface PoolVolume {
  readonly name: string;
  /** On libvirt's host. */
  readonly path: string;
  /** Path of what it is an overlay on. */
  readonly backing?: string;
}

/** A domain by what its definition says, in libvirt's XML. */
export interface DomainText {
  readonly uuid: string;
  /** Of the running domain and of its next start, without escapes. */
  readonly xml: string;
  /** Absent where we did not make it. */
  readonly metadata?: VmMetadata;
}

export interface PoolUsage {
  readonly pool: string;
  readonly volumes: readonly PoolVolume[];
  readonly domains: readonly DomainText[];
}

/**
 * Whether a domain's definition holds a path or the name of a volume, wherever: as a disk, below one, as a kernel, as part
 * of an argument for QEMU. Longer paths that begin with it are others.
 */
export function mentions({ xml }: DomainText, pool: string, { name, path }: PoolVolume): boolean {
  for (let at = xml.indexOf(path); at >= 0; at = xml.indexOf(path, at + 1)) {
    if (/^$|['"<,;\s]/.test(xml.charAt(at + path.length))) return true;
  }
  return xml.includes(`pool='${pool}' volume='${name}'`);
}

/**
 * Looks at a pool and at all domains of the connection.
 *
 * @throws if libvirt does not describe every domain and volume: without that, nothing is known to be unneeded
 */
export async function poolUsage(virsh: Virsh, pool: string, signal?: AbortSignal): Promise<PoolUsage> {
  const [volumes, domains] = await Promise.all([poolVolumes(virsh, pool, signal), domainTexts(virsh, signal)]);
  return { pool, volumes, domains };
}

/** One argument of a program holds 128 KiB at most (execve(2)), and a batch is one. */
const batchSize = 200;

async function inBatches(
  virsh: Virsh,
  commands: readonly (readonly string[])[],
  call: VirshCall,
): Promise<{ readonly outputs: readonly string[]; readonly stderr: string }> {
  const outputs: string[] = [];
  let stderr = '';
  for (let i = 0; i < commands.length; i += batchSize) {
    const answer = await virsh.batch(commands.slice(i, i + batchSize), call);
    outputs.push(...answer.outputs);
    stderr += answer.stderr;
  }
  return { outputs, stderr };
}

async function poolVolumes(virsh: Virsh, pool: string, signal?: AbortSignal): Promise<readonly PoolVolume[]> {
  const listed = await volumeList(virsh, pool, signal);
  if (listed.length === 0) return [];
  const doing = `inspect the volumes of the pool "${pool}"`;
  const commands = listed.map(({ name }) => ['vol-dumpxml', '--pool', pool, '--vol', name]);
  const { outputs, stderr } = await inBatches(virsh, commands, { signal, doing });
  // One that has no XML was deleted a moment ago. Where none has, libvirt did not answer.
  const fault = classifyFault(stderr);
  if (fault !== 'no-volume' && outputs.every((xml) => xml === '')) throw virshError(fault, stderr, virsh.uri, doing);
  return listed.map(({ name, path }, i) => {
    const backing = outputs[i] ? parseVolume(outputs[i]).backing?.path : undefined;
    return { name, path, ...(backing === undefined ? {} : { backing }) };
  });
}

async function domainTexts(virsh: Virsh, signal?: AbortSignal): Promise<readonly DomainText[]> {
  const uuids = await domainUuids(virsh, signal);
  if (uuids.length === 0) return [];
  const doing = 'inspect the disks of all VMs';
  const commands = uuids.flatMap((uuid) => [
    ['dumpxml', uuid],
    ['dumpxml', uuid, '--inactive'],
  ]);
  const { outputs, stderr } = await inBatches(virsh, commands, { signal, doing });
  return uuids.flatMap((uuid, i) => {
    const [live = '', inactive = ''] = outputs.slice(2 * i, 2 * i + 2);
    if (live === '') {
      const fault = classifyFault(stderr);
      if (fault !== 'no-domain') throw virshError(fault, stderr, virsh.uri, doing);
      return [];
    }
    const metadata = metadataOf(parseXml(live, 'domain'));
    const xml = unescapeXml(`${live}\n${inactive}`);
    return [{ uuid, xml, ...(metadata === undefined ? {} : { metadata }) }];
  });
}

/**
 * Those of some volumes that can be deleted together: no domain mentions them, and no volume that stays is an overlay on
 * one of them.
 *
 * @param names of volumes that may go
 * @param except UUID of the domain that goes with them
 */
export function unneeded(
  { pool, volumes, domains }: PoolUsage,
  names: ReadonlySet<string>,
  except?: string,
): readonly PoolVolume[] {
  const others = domains.filter(({ uuid }) => uuid !== except);
  const isFree = (volume: PoolVolume): boolean =>
    names.has(volume.name) && !others.some((domain) => mentions(domain, pool, volume));
  const staying = volumes.filter((volume) => !isFree(volume));
  const byPath = new Map(volumes.map((volume) => [volume.path, volume]));
  const needed = new Set<PoolVolume>();
  for (const start of staying) {
    let volume: PoolVolume | undefined = start;
    while (volume !== undefined && !needed.has(volume)) {
      needed.add(volume);
      volume = volume.backing === undefined ? undefined : byPath.get(volume.backing);
    }
  }
  return volumes.filter((volume) => !needed.has(volume));
}
