/**
 * Saving a VM to disk instead of shutting it down, so that start goes on where it was within seconds.
 */
import beforeSaveScript from '../../../resources/guest/before-save.sh';
import { formatBytes, formatSize } from '../config/units';
import { k3sVmError } from '../errors';
import { sshRun } from '../guest/ssh';
import { setMetadata, type DomainRef } from '../libvirt/domains';
import { managedSave, residentBytes, saveDir, savedBytes, saveSpaceBytes } from '../libvirt/managed-save';
import type { Virsh } from '../libvirt/virsh';
import { isRunning, requireVm, sshTarget, type Environment } from './environment';
import type { Step } from './steps';

/** Room that is left on the host's disk in any case. */
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

/** Writes memory to the host's disk and ends the guest. */
export function saveStep(env: Environment): Step {
  return {
    id: 'save',
    title: 'Save the VM to disk',
    run: async ({ signal, report }) => {
      const vm = await requireVm(env, signal);
      if (!isRunning(vm)) return { skip: vm.hasManagedSave ? 'it is saved' : 'it is off' };
      await requireSpace(env.virsh, vm.facts, vm.facts.memoryBytes);
      report({ message: 'having the guest give back what it need not keep' });
      // What the guest only caches would be written, and read back; one that does not listen is saved as it is.
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
