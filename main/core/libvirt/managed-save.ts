/**
 * Managed save: libvirt writes the memory of a running domain to a file of its own, ends it, and brings it back at the
 * next start. https://libvirt.org/manpages/virsh.html#managedsave
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isK3sVmError } from '../errors';
import { isSession } from './uri';
import type { DomainRef } from './domains';
import { virshError, type Virsh } from './virsh';
import { parsePool } from './volumes';

/** A transient pool over libvirt's own folder: tells of it to members of the libvirt group and on a remote host, too. */
const savePool = 'k3s-vm-saves';

/** Where the QEMU driver keeps managed saves. */
export const saveDir = (uri: string): string =>
  isSession(uri)
    ? join(process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'libvirt/qemu/save')
    : '/var/lib/libvirt/qemu/save';

async function withSavePool<T>(virsh: Virsh, look: () => Promise<T>): Promise<T> {
  await virsh.attempt(['pool-create-as', savePool, 'dir', '--target', saveDir(virsh.uri)]);
  try {
    return await look();
  } finally {
    await virsh.attempt(['pool-destroy', savePool]);
  }
}

/** Bytes free where saved memory is kept; undefined where libvirt does not report it. */
export const saveSpaceBytes = (virsh: Virsh): Promise<number | undefined> =>
  withSavePool(virsh, async () => {
    const { fault, stdout } = await virsh.attempt(['pool-dumpxml', savePool]);
    return fault === undefined ? parsePool(stdout).availableBytes : undefined;
  });

/** Bytes that a domain's saved memory takes up on the host; undefined where libvirt does not report it. */
export const savedBytes = (virsh: Virsh, { name }: DomainRef): Promise<number | undefined> =>
  withSavePool(virsh, async () => {
    const { stdout } = await virsh.attempt(['vol-info', '--bytes', '--pool', savePool, `${name}.save`]);
    const allocation = /^Allocation:\s+(\d+)/m.exec(stdout)?.[1];
    return allocation === undefined ? undefined : Number(allocation);
  });

/**
 * Bytes of memory that QEMU holds for a domain: its saved memory is no larger. undefined where libvirt does not report
 * it.
 */
export async function residentBytes(
  virsh: Virsh,
  { uuid }: DomainRef,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const { stdout } = await virsh.attempt(['dommemstat', uuid], { signal });
  const kib = /^rss (\d+)$/m.exec(stdout)?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

export interface SaveProgress {
  readonly done: number;
  readonly total: number;
}

/** Reads `domjobinfo`: what of the memory is written. Its sizes come in units, e.g. `1.234 GiB`. */
export function parseJobInfo(text: string): SaveProgress | undefined {
  const size = (label: string): number | undefined => {
    const match = new RegExp(`^${label}:\\s+([\\d.]+) (B|KiB|MiB|GiB|TiB)$`, 'm').exec(text);
    const [, value, unit] = match ?? [];
    if (value === undefined || unit === undefined) return undefined;
    return Number(value) * 1024 ** ['B', 'KiB', 'MiB', 'GiB', 'TiB'].indexOf(unit);
  };
  const done = size('Memory processed');
  const total = size('Memory total');
  return done === undefined || total === undefined || total === 0 ? undefined : { done: Math.min(done, total), total };
}

/** Longest a save may take: 64 GiB to a slow disk. */
const saveTimeoutMs = 30 * 60_000;

/**
 * Cancels libvirt's job on a domain, and again until `ended`: a job that has not begun yet cannot be cancelled, and one
 * that was cancelled takes its time to end.
 */
async function abortJob(virsh: Virsh, { uuid }: DomainRef, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    await virsh.attempt(['domjobabort', uuid], { timeoutMs: 10_000 }).catch(() => undefined);
    await sleep(200, undefined, { signal: ended }).catch(() => undefined);
  }
}

/**
 * Saves a running domain. If this is cancelled, libvirt discards what it wrote and the domain keeps running. The save
 * is a job of the libvirt daemon, and killing virsh does not end it: it has to be aborted, and waited for.
 *
 * @param onProgress told about twice a second
 * @throws LIBVIRT and others with libvirt's text as the cause; the signal's reason
 */
export async function managedSave(
  virsh: Virsh,
  domain: DomainRef,
  onProgress: (progress: SaveProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  const ended = new AbortController();
  const watching = watchJob(virsh, domain, onProgress, AbortSignal.any([signal, ended.signal]));
  let aborting: Promise<void> | undefined;
  const cancel = (): void => void (aborting ??= abortJob(virsh, domain, ended.signal));
  signal.addEventListener('abort', cancel, { once: true });
  try {
    signal.throwIfAborted();
    const { fault, stderr } = await virsh.attempt(['managedsave', domain.uuid], { timeoutMs: saveTimeoutMs });
    if (fault === undefined || fault === 'domain-not-running') return;
    signal.throwIfAborted();
    throw virshError(fault, stderr, virsh.uri, `suspend the VM "${domain.name}"`);
  } catch (error) {
    // virsh was killed, but libvirt would continue the save
    if (isK3sVmError(error, 'VIRSH_TIMEOUT')) await virsh.attempt(['domjobabort', domain.uuid]).catch(() => undefined);
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
    ended.abort();
    await Promise.all([watching, aborting]);
  }
}

async function watchJob(
  virsh: Virsh,
  { uuid }: DomainRef,
  onProgress: (progress: SaveProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (;;) {
      await sleep(500, undefined, { signal });
      const progress = parseJobInfo((await virsh.attempt(['domjobinfo', uuid], { signal })).stdout);
      if (progress !== undefined) onProgress(progress);
    }
  } catch {
    // Ended with the save.
  }
}

/** Discards the saved memory, so that the next start boots. Does nothing where there is none. */
export async function dropSaved(virsh: Virsh, { name, uuid }: DomainRef, signal?: AbortSignal): Promise<void> {
  await virsh.run(['managedsave-remove', uuid], { signal, doing: `discard the saved memory of "${name}"` });
}
