/**
 * Suspending: the VM's memory is saved to disk, so that it resumes within seconds where it was.
 */
import beforeSaveScript from '../../../resources/guest/before-save.sh';
import { formatBytes, formatSize } from '../config/units';
import { k3sVmError } from '../errors';
import { sshRun } from '../guest/ssh';
import { setMetadata, wakeDomain, type DomainRef } from '../libvirt/domains';
import { managedSave, residentBytes, saveDir, savedBytes, saveSpaceBytes } from '../libvirt/managed-save';
import type { Virsh } from '../libvirt/virsh';
import { suspendStep } from '../progress';
import { isRunning, requireVm, sshTarget, type Environment } from './environment';
import type { Step } from './steps';

/** Bytes that must stay free on the host's disk after a save. */
const spareBytes = 256 * 1024 ** 2;

async function requireSpace(virsh: Virsh, domain: DomainRef, memoryBytes: number): Promise<void> {
  const available = await saveSpaceBytes(virsh);
  if (available === undefined) return;
  const needed = ((await residentBytes(virsh, domain)) ?? memoryBytes) + spareBytes;
  if (available >= needed) return;
  throw k3sVmError('SAVE_SPACE', {
    name: domain.name,
    dir: saveDir(virsh.uri),
    needed: formatSize(needed),
    available: formatSize(available),
  });
}

/** Saves the VM's memory to the host's disk and ends QEMU. A paused VM resumes running, as any suspended one. */
export function saveStep(env: Environment): Step {
  return {
    id: suspendStep,
    title: 'Suspend the VM',
    run: async ({ signal, report }) => {
      const vm = await requireVm(env, signal);
      if (!isRunning(vm)) return { skip: vm.hasManagedSave ? 'it is suspended' : 'it is stopped' };
      await requireSpace(env.virsh, vm.facts, vm.facts.memoryBytes);
      // libvirt would restore a paused VM as paused, and cannot save one that sleeps
      await wakeDomain(env.virsh, vm.facts, vm.state, signal);
      report({ message: 'freeing unused memory in the guest' });
      // Cached files would be written to disk and read back. A guest that does not respond is saved with them
      await sshRun(sshTarget(env, vm.facts.uuid, vm.metadata), ['sudo', 'sh', '-s'], {
        input: beforeSaveScript,
        timeoutMs: 15_000,
        signal,
      }).catch(() => signal.throwIfAborted());
      await managedSave(
        env.virsh,
        vm.facts,
        ({ done, total }) => report({ percent: Math.round((100 * done) / total), bytes: { done, total } }),
        signal,
      );
      const size = await savedBytes(env.virsh, vm.facts);
      const { sinceId: _since, stoppingId: _stopping, ...metadata } = vm.metadata;
      const saved = size === undefined ? {} : { savedBytes: size };
      await setMetadata(env.virsh, vm.facts, { ...metadata, ...saved, since: new Date().toISOString() }, false);
      return size === undefined ? undefined : formatBytes(size);
    },
  };
}
