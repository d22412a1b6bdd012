/**
 * Starting a VM: from its saved memory where it is suspended.
 */
import { formatBytes } from '../../config/units';
import { causeText, isK3sVmError } from '../../errors';
import { makeLogDir } from '../../libvirt/console';
import { lookAtDomain, setMetadata, startDomain, type DomainRef } from '../../libvirt/domains';
import { dropSaved } from '../../libvirt/managed-save';
import type { VmMetadata } from '../../libvirt/metadata';
import { pendingChanges } from '../definition';
import { vmVolumes, type Environment, type OwnVm } from '../environment';

/** A VM that was just switched on. */
export interface PoweredOn {
  readonly metadata: VmMetadata;
  /** It was resumed from its saved memory. */
  readonly restored: boolean;
}

/** Starts the domain, from its saved memory where there is some, and notes since when it runs. */
export async function powerOn(
  env: Environment,
  domain: DomainRef,
  { savedBytes: _, ...metadata }: VmMetadata,
  signal: AbortSignal,
): Promise<PoweredOn> {
  const { name, memoryBytes } = env.config;
  await makeLogDir(env.uri);
  await startDomain(env.virsh, domain, {
    memory: formatBytes(memoryBytes),
    volume: vmVolumes(name).system,
    pool: metadata.pool,
    signal,
  });
  const view = await lookAtDomain(env.virsh, domain.uuid, signal);
  const noted = { ...metadata, since: new Date().toISOString(), sinceId: view?.facts.id ?? '' };
  await setMetadata(env.virsh, domain, noted, true, signal);
  return { metadata: noted, restored: view?.state.reason === 'restored' };
}

/**
 * Resumes a suspended VM. If its saved memory does not fit this machine any more (another QEMU, a missing CPU feature,
 * a damaged file), it is discarded and the VM boots: the disk was synced before, so only running programs are lost. If
 * the host lacks something now (memory, the network, a port), this fails and the saved memory is kept.
 *
 * @returns with what to tell
 */
export async function resumeSaved(
  env: Environment,
  vm: OwnVm,
  signal: AbortSignal,
): Promise<PoweredOn & { readonly note: string }> {
  let why = 'libvirt found it incomplete';
  let on: PoweredOn;
  try {
    on = await powerOn(env, vm.facts, vm.metadata, signal);
    if (on.restored) {
      const later = pendingChanges(env, vm);
      return {
        ...on,
        note: `resumed from disk${later.length > 0 ? `; ${later.join(', ')} at the next restart` : ''}`,
      };
    }
  } catch (error) {
    if (!isK3sVmError(error, 'LIBVIRT')) throw error;
    why = causeText(error)?.split('\n')[0] ?? error.message;
    await dropSaved(env.virsh, vm.facts, signal);
    on = await powerOn(env, vm.facts, vm.metadata, signal);
  }
  return { ...on, restored: false, note: `booted, because its saved memory could not be used (${why})` };
}
