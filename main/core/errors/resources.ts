/**
 * Memory and disk space: of the host, of the storage pool, in the guest.
 */
import { operand, sh } from '../shell-quote';
import { entry, exitStatus } from './entry';
import { run } from './remedy';

const { usage, host, resources, guest } = exitStatus;

export const resourceErrors = {
  POOL_UNAVAILABLE: entry<{ pool: string; uri: string }>(
    host,
    (p) => `The storage pool "${p.pool}" cannot be used.`,
    (p) => [run(sh`virsh -c ${p.uri} pool-list --all --details`, 'List the storage pools:')],
  ),
  NOT_ENOUGH_MEMORY: entry<{ wanted: string; available: string }>(
    resources,
    (p) => `The VM needs ${p.wanted} of memory; the host has ${p.available}.`,
    () => [run('k3s-vm config set memory 2GiB', 'Give the VM less memory (2 GiB are enough for K3s to run well):')],
  ),
  POOL_FULL: entry<{ pool: string; needed?: string; available?: string }>(
    resources,
    (p) =>
      `The storage pool "${p.pool}" is full` +
      (p.needed !== undefined && p.available !== undefined ? `: ${p.needed} needed, ${p.available} free.` : '.'),
    (p) => [
      run('k3s-vm cache prune', 'Delete images that no VM uses:'),
      run('k3s-vm list', 'Find clusters to delete (k3s-vm reset --name NAME):'),
      run(sh`virsh pool-dumpxml ${operand(p.pool)}`, 'See which folder is full:'),
    ],
  ),
  HOST_DISK_FULL: entry<{ path: string }>(
    resources,
    (p) => `The disk that holds ${p.path} is full.`,
    (p) => [
      run(sh`df -h ${operand(p.path)}`, 'Check the free space:'),
      run('k3s-vm cache prune', 'Delete images that no VM uses:'),
    ],
  ),
  SAVE_SPACE: entry<{ name: string; dir: string; needed: string; available: string }>(
    resources,
    (p) =>
      `Suspending the VM "${p.name}" may need ${p.needed}, but ${p.dir}, where libvirt saves it, has only ${p.available} free.`,
    () => [
      run('k3s-vm stop --shutdown', 'Shut it down instead (this keeps the cluster too):'),
      run('k3s-vm cache prune', 'Or make room, for example by deleting images that no VM uses:'),
    ],
  ),
  GUEST_DISK_FULL: entry<{ used: string }>(
    guest,
    (p) => `The disk inside the VM is full (${p.used}).`,
    () => [
      run('k3s-vm shell -- sudo k3s crictl rmi --prune', 'Delete images that no container uses:'),
      run(
        'k3s-vm config set disk 40GiB && k3s-vm restart',
        'Or give it a larger disk (disks can grow but not shrink):',
      ),
    ],
  ),
  DISK_SHRINK: entry<{ current: string; wanted: string }>(
    usage,
    (p) => `The disk is ${p.current}; it cannot shrink to ${p.wanted}.`,
    (p) => [
      run(sh`k3s-vm config set disk ${operand(p.current)}`, 'Keep its size:'),
      run('k3s-vm reset --recreate', 'Or start over with a smaller one (this deletes the cluster):'),
    ],
  ),
};
