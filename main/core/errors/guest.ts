/**
 * The VM and the way into it.
 */
import { formatDuration } from '../config/units';
import { operand, sh } from '../shell-quote';
import { entry, exitStatus } from './entry';
import { run } from './remedy';

const { guest, timeout, stopped, absent } = exitStatus;

function lastLines(console?: string): string {
  const text = console?.trim();
  return text ? `\nLast lines of its console:\n${text.replace(/^/gm, '  | ')}` : '';
}

export const guestErrors = {
  VM_ABSENT: entry<{ name: string }>(
    absent,
    (p) => `There is no VM "${p.name}" yet.`,
    () => [run('k3s-vm setup', 'Create it:')],
  ),
  VM_INCOMPLETE: entry<{ name: string }>(
    guest,
    (p) => `The setup of the VM "${p.name}" is incomplete.`,
    () => [run('k3s-vm setup', 'Continue where it stopped:'), run('k3s-vm reset', 'Or delete the VM:')],
  ),
  VM_NOT_RUNNING: entry<{ name: string; state: string }>(
    stopped,
    (p) => `The VM "${p.name}" is ${p.state}.`,
    () => [run('k3s-vm start', 'Start it:')],
  ),
  VM_CRASHED: entry<{ name: string; reason: string; console?: string }>(
    guest,
    (p) => `The VM "${p.name}" crashed (${p.reason}).${lastLines(p.console)}`,
    () => [
      run('k3s-vm start', 'Start it again (its disk is kept):'),
      run('k3s-vm logs --source console', 'See the end of its console log:'),
    ],
  ),
  BOOT_TIMEOUT: entry<{ name: string; seconds: number; console?: string }>(
    timeout,
    (p) => `The VM "${p.name}" did not come up within ${formatDuration(p.seconds * 1000)}.${lastLines(p.console)}`,
    () => [
      run('k3s-vm setup --timeout 20m', 'On a slow machine, wait longer (setup continues where it stopped):'),
      run('k3s-vm logs --source console', 'See the whole console log:'),
    ],
  ),
  GUEST_HUNG: entry<{ name: string; seconds: number; wasReset: boolean; kvm: boolean; console?: string }>(
    guest,
    (p) =>
      `The VM "${p.name}" hung: for ${formatDuration(p.seconds * 1000)} it printed nothing and used neither its disk nor its network. ` +
      `${p.wasReset ? 'Resetting it did not help. ' : ''}It was powered off.${lastLines(p.console)}`,
    (p) => [
      run('k3s-vm setup', 'Try again:'),
      ...(p.kvm ? [run('k3s-vm config set acceleration tcg', 'If it hangs every time, turn off KVM (slower):')] : []),
      run('k3s-vm logs --source console', 'See the whole console log:'),
    ],
  ),
  STOP_TIMEOUT: entry<{ name: string; seconds: number }>(
    timeout,
    (p) => `The VM "${p.name}" did not shut down within ${formatDuration(p.seconds * 1000)}.`,
    () => [
      run('k3s-vm stop --timeout 120', 'Wait longer:'),
      run(
        'k3s-vm stop --force',
        'Or force stop it (data that K3s wrote is safe; running programs cannot exit cleanly):',
      ),
    ],
  ),
  CLOUD_INIT_FAILED: entry<{ detail: string }>(
    guest,
    (p) => `cloud-init failed in the guest: ${p.detail}`,
    () => [
      run('k3s-vm logs --source cloud-init', 'See its log:'),
      run('k3s-vm reset --recreate', 'Start over with a fresh VM:'),
    ],
  ),
  DISK_CORRUPT: entry<{ volume: string; pool: string; uri: string }>(
    guest,
    (p) => `The VM's disk "${p.volume}" is corrupt.`,
    (p) => [
      run(
        sh`qemu-img check -r all "$(virsh -c ${p.uri} vol-path --pool ${p.pool} ${operand(p.volume)})"`,
        'Try to repair it while the VM is stopped:',
      ),
      run('k3s-vm reset --recreate', 'Or start over (this deletes the cluster):'),
    ],
  ),
  SSH_FAILED: entry<{ why: string }>(
    guest,
    (p) => `Could not get a shell in the VM: ${p.why}.`,
    () => [run('k3s-vm logs --source console', 'See its console log:')],
  ),
  SSH_DENIED: entry<{ name: string }>(
    guest,
    (p) => `The VM "${p.name}" refuses the SSH key that it was set up with.`,
    () => [
      run('k3s-vm logs --source console', 'See its console log:'),
      run('k3s-vm reset --recreate', 'Or start over with a fresh VM (this deletes the cluster):'),
    ],
  ),
  HOST_KEY_MISMATCH: entry<{ name: string; address: string }>(
    guest,
    (p) => `The machine at ${p.address} is not the VM "${p.name}": its SSH host key is different.`,
    () => [
      run('k3s-vm logs --source console', 'Check that the VM is up; another machine may have its address:'),
      run('k3s-vm reset --recreate', 'Or start over with a fresh VM (this deletes the cluster):'),
    ],
  ),
  KEYS_LOST: entry<{ name: string; folder: string }>(
    guest,
    (p) => `The SSH keys of the VM "${p.name}" are not in ${p.folder}, so k3s-vm cannot log in to it.`,
    () => [
      { text: 'If another user of this machine set it up, run the command as that user.' },
      run('k3s-vm reset --recreate', 'Otherwise start over with a fresh VM (this deletes the cluster):'),
    ],
  ),
};
