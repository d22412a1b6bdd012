/**
 * The definition of a VM: made by setup, made again by start when the configuration asks for something else.
 */
import { join } from 'node:path';
import { k3sVmError } from '../errors';
import { formatSize } from '../config/units';
import { domainXml, type DomainSpec } from '../libvirt/domain-xml';
import { consoleLogName, qemuLogDir } from '../libvirt/console';
import { defineDomain } from '../libvirt/domains';
import type { VmMetadata } from '../libvirt/metadata';
import { growVolume, volumeCapacity } from '../libvirt/volumes';
import { vmVolumes, type Environment, type OwnVm } from './environment';
import { choosePorts, forwardsOf } from './ports';

/** The part of a definition that does not follow from the environment and the metadata. */
export type DefinitionParts = Omit<DomainSpec, 'name' | 'arch' | 'nic' | 'consoleLog'>;

/** The domain of a VM in this environment. */
export function specOf(env: Environment, parts: DefinitionParts): DomainSpec {
  const { metadata } = parts;
  return {
    ...parts,
    name: env.config.name,
    arch: env.arch,
    nic: metadata.network === undefined ? { forwards: forwardsOf(metadata) } : { network: metadata.network },
    consoleLog: join(qemuLogDir(env.uri), consoleLogName(env.config.name)),
  };
}

/**
 * Defines the VM of an environment.
 *
 * @param parts what does not follow from the environment and the metadata
 * @throws LIBVIRT and others with libvirt's text as the cause; the signal's reason
 */
export async function define(env: Environment, parts: DefinitionParts, signal: AbortSignal): Promise<void> {
  await defineDomain(env.virsh, env.config.name, domainXml(specOf(env, parts)), signal);
}

type Size = Pick<DefinitionParts, 'cpus' | 'memoryBytes' | 'acceleration'>;

/** What the configuration asks for; where the user set nothing, what the VM has. */
function wantedSize({ config, explicit }: Environment, { facts }: OwnVm): Size {
  return {
    cpus: explicit.has('cpus') ? config.cpus : facts.cpus,
    memoryBytes: explicit.has('memory') ? config.memoryBytes : facts.memoryBytes,
    acceleration:
      explicit.has('acceleration') && config.acceleration !== 'auto' ? config.acceleration : facts.acceleration,
  };
}

/** What a VM would have otherwise if it booted now, for people. */
export function pendingChanges(env: Environment, vm: OwnVm): string[] {
  const { facts } = vm;
  const { cpus, memoryBytes, acceleration } = wantedSize(env, vm);
  return [
    ...(cpus === facts.cpus ? [] : [`${cpus} CPUs`]),
    ...(memoryBytes === facts.memoryBytes ? [] : [`memory ${formatSize(memoryBytes)}`]),
    ...(acceleration === facts.acceleration ? [] : [`acceleration ${acceleration}`]),
  ];
}

/**
 * Brings a VM that is off in line with the configuration: what the user set there is applied, everything else stays as
 * it is. The domain is defined again only when something differs, so that hand-made changes last.
 *
 * @returns its metadata, and what was changed, for people
 * @throws DISK_SHRINK, PORT_IN_USE, POOL_FULL
 */
export async function applyConfiguration(
  env: Environment,
  vm: OwnVm,
  signal: AbortSignal,
): Promise<{ readonly metadata: VmMetadata; readonly changes: readonly string[] }> {
  const { config, explicit } = env;
  const { facts, metadata } = vm;
  const changes: string[] = [];
  if (explicit.has('disk')) {
    const { system } = vmVolumes(config.name);
    const current = await volumeCapacity(env.virsh, metadata.pool, system, signal);
    if (config.diskBytes < current) {
      throw k3sVmError('DISK_SHRINK', { current: formatSize(current), wanted: formatSize(config.diskBytes) });
    }
    if (config.diskBytes > current) {
      await growVolume(env.virsh, metadata.pool, system, config.diskBytes, signal);
      changes.push(`disk ${formatSize(config.diskBytes)}`);
    }
  }
  const { cpus, memoryBytes, acceleration } = wantedSize(env, vm);
  const ports = env.session ? await choosePorts(env, metadata, signal) : {};
  changes.push(...pendingChanges(env, vm));
  const next = { ...metadata, ...ports };
  const portsDiffer = JSON.stringify(forwardsOf(next)) !== JSON.stringify(forwardsOf(metadata));
  if (portsDiffer) changes.push('ports');
  const grownOnly = cpus === facts.cpus && memoryBytes === facts.memoryBytes && acceleration === facts.acceleration;
  if (grownOnly && !portsDiffer) return { metadata, changes };
  await redefine(env, vm, { cpus, memoryBytes, acceleration, metadata: next }, signal);
  return { metadata: next, changes };
}

/** Defines a VM again with some parts changed. */
export async function redefine(
  env: Environment,
  vm: OwnVm,
  changed: Partial<DefinitionParts>,
  signal: AbortSignal,
): Promise<VmMetadata> {
  const [systemDisk, seed, payload] = vm.facts.disks;
  if (systemDisk === undefined || seed === undefined) throw k3sVmError('VM_INCOMPLETE', { name: env.config.name });
  const { uuid, cpus, memoryBytes, acceleration } = vm.facts;
  const disks = { systemDisk, seed, ...(payload === undefined ? {} : { payload }) };
  const parts = { uuid, cpus, memoryBytes, acceleration, ...disks, metadata: vm.metadata, ...changed };
  await define(env, parts, signal);
  return parts.metadata;
}
