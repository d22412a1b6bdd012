/**
 * The state of a VM as libvirt shows it. Nothing here is remembered; the lock's holder tells what is being done to it.
 */
import type { VmInfo, VmState } from '../cluster';
import { errorData, k3sVmError, type K3sVmError } from '../errors';
import type { DomainState, DomainView } from '../libvirt/domains';
import type { Phase } from '../libvirt/metadata';
import { redactUrls } from '../redact';
import { operationHolder } from './locks';

/**
 * The one place where libvirt's states become ours.
 *
 * @param operation the operation under way, if any
 * @param stopping the guest was asked to shut down, and stop has given up waiting
 */
export function vmState(
  { state, reason }: DomainState,
  phase: Phase | undefined,
  managedSave: boolean,
  operation?: string,
  stopping = false,
): VmState {
  if (phase === 'removing') return operation === 'reset' ? 'stopping' : 'error';
  switch (state) {
    case 'running':
    case 'idle':
    case 'no state':
      if (operation === 'stop' || operation === 'reset') return 'stopping';
      if (phase === 'created') return 'provisioning';
      if (operation === undefined) return stopping ? 'stopping' : 'running';
      return 'starting';
    case 'in shutdown':
      return 'stopping';
    case 'paused':
    case 'pmsuspended':
      return reason === 'crashed' || reason === 'I/O error' ? 'error' : 'paused';
    case 'crashed':
      return 'crashed';
    default:
      if (phase === 'created') return 'provisioning';
      if (operation === 'start' || operation === 'restart') return 'starting';
      if (reason === 'crashed' || reason === 'panicked') return 'crashed';
      return managedSave || reason === 'saved' ? 'suspended' : 'stopped';
  }
}

/** Facts of a domain as a VmInfo. */
export function vmInfo(view: DomainView, connection: string): VmInfo {
  const { facts, state } = view;
  const { metadata } = facts;
  const holder = operationHolder(connection, facts.name);
  const stopping = metadata?.stoppingId !== undefined && metadata.stoppingId === facts.id;
  const ours = vmState(state, metadata?.phase, view.hasManagedSave, holder?.operation, stopping);
  // What we wrote holds only for the run of the domain it was written for.
  const since =
    metadata?.since !== undefined && (metadata.sinceId ?? '') === (facts.id ?? '') ? metadata.since : undefined;
  const trouble =
    ours === 'crashed'
      ? k3sVmError('VM_CRASHED', { name: facts.name, reason: state.reason })
      : ours === 'error'
        ? stuck(facts.name, state, metadata?.phase)
        : undefined;
  return {
    name: facts.name,
    connection,
    state: ours,
    reason: state.reason,
    cpus: facts.cpus,
    memoryBytes: facts.memoryBytes,
    acceleration: facts.acceleration,
    ...(since === undefined ? {} : { since }),
    ...(holder === undefined ? {} : { operation: { name: holder.operation, pid: holder.pid, since: holder.since } }),
    ...(ours === 'suspended' && metadata?.savedBytes !== undefined ? { savedBytes: metadata.savedBytes } : {}),
    ...(view.diskBytes === undefined ? {} : { diskBytes: view.diskBytes }),
    ...(view.diskUsedBytes === undefined ? {} : { diskUsedBytes: view.diskUsedBytes }),
    ...(metadata === undefined
      ? {}
      : {
          project: metadata.project,
          address: metadata.address,
          sshPort: metadata.sshPort,
          apiPort: metadata.apiPort,
          k3sVersion: metadata.k3sVersion,
          image: redactUrls(metadata.image),
        }),
    ...(trouble === undefined ? {} : { error: errorData(trouble) }),
  };
}

function stuck(name: string, state: DomainState, phase: Phase | undefined): K3sVmError {
  if (phase === 'removing') return k3sVmError('VM_INCOMPLETE', { name }, 'A reset was interrupted; run it again.');
  return k3sVmError('VM_CRASHED', { name, reason: state.reason });
}

/** A VM that is not there. */
export const absentVm = (name: string, connection: string): VmInfo => {
  const holder = operationHolder(connection, name);
  return {
    name,
    connection,
    state: holder?.operation === 'setup' ? 'provisioning' : 'absent',
    ...(holder === undefined ? {} : { operation: { name: holder.operation, pid: holder.pid, since: holder.since } }),
  };
};
