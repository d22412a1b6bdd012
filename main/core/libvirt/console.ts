/**
 * The console of a VM after the fact. virtlogd writes it to a file that only root may read under qemu:///system, and
 * `virsh console` wants a terminal and shows no past. So libvirt's log folder is read as what it is to libvirt: a folder
 * of volumes, through a transient pool. One way for root, for members of the libvirt group, for a session and for a remote host.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withTempFile } from '../files/temp-file';
import { isSession } from './uri';
import { deleteVolume, volumeNames } from './volumes';
import type { Virsh } from './virsh';

/** The transient pool over libvirt's log folder. */
export const logPool = 'k3s-vm-logs';

/** Where libvirt keeps the logs of QEMU guests on a connection. */
export const qemuLogDir = (uri: string): string =>
  isSession(uri)
    ? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'libvirt/qemu/log')
    : '/var/log/libvirt/qemu';

/**
 * Makes the folder of the logs where libvirt would be too late: a session daemon (libvirt 9.0) opens the console's log
 * before it makes that folder, so the first VM of a user, or the first after `~/.cache` was emptied, does not start.
 */
export async function makeLogDir(uri: string): Promise<void> {
  if (isSession(uri)) await mkdir(qemuLogDir(uri), { recursive: true });
}

/** File name of a VM's console log. */
export const consoleLogName = (vm: string): string => `${vm}-console.log`;

/** Makes the pool of the logs, or has it look at its folder again. */
export async function openLogPool(virsh: Virsh, signal?: AbortSignal): Promise<void> {
  const refreshed = await virsh.attempt(['pool-refresh', logPool], { signal });
  if (refreshed.fault === undefined) return;
  await virsh.attempt(['pool-create-as', logPool, 'dir', '--target', qemuLogDir(virsh.uri)], { signal });
}

/**
 * What the console printed from a byte offset on.
 *
 * @returns '' when there is no console log (never started)
 */
export function readConsole(virsh: Virsh, vm: string, offset: number, signal?: AbortSignal): Promise<string> {
  return withTempFile(undefined, async (path) => {
    const download = ['vol-download', '--pool', logPool, consoleLogName(vm), path, '--offset', String(offset)];
    if ((await virsh.attempt(download, { signal })).fault !== undefined) {
      await openLogPool(virsh, signal);
      if ((await virsh.attempt(download, { signal })).fault !== undefined) return '';
    }
    return readFile(path, 'utf8');
  });
}

/** The last lines of the console, free of terminal control sequences. */
export async function consoleTail(virsh: Virsh, vm: string, lines: number, signal?: AbortSignal): Promise<string> {
  return plainText(await readConsole(virsh, vm, 0, signal))
    .split('\n')
    .filter(Boolean)
    .slice(-lines)
    .join('\n');
}

/** Console output without control sequences and carriage returns. */
export function plainText(text: string): string {
  return text

    .replace(/\u001b\[[0-9;?]*[A-Za-z]|\u001b[()][A-Z0-9]|\u001bc|[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
    .replace(/[ \t]+$/gm, '');
}

/** Deletes the logs libvirt keeps of a VM, and the transient pool. */
export async function deleteLogs(virsh: Virsh, vm: string, signal?: AbortSignal): Promise<boolean> {
  await openLogPool(virsh, signal);
  const names = await volumeNames(virsh, logPool, signal);
  const ours = names.filter(
    (name) => name === `${vm}.log` || name === consoleLogName(vm) || name.startsWith(`${consoleLogName(vm)}.`),
  );
  for (const name of ours) await deleteVolume(virsh, logPool, name, signal);
  await virsh.attempt(['pool-destroy', logPool], { signal });
  return ours.length > 0;
}
