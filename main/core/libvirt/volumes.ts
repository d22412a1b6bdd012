/**
 * Storage pools and volumes. All disks are pool volumes, so that a member of the libvirt group, qemu:///session and a
 * remote libvirt are one code path, and no home folder has to be readable by QEMU.
 * https://libvirt.org/formatstorage.html
 */
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { deadlineIn } from '../deadline';
import { k3sVmError } from '../errors';
import { withTempFile } from '../files/temp-file';
import { escapeXml as e, bytesOf, parseXml, required } from './xml';
import { virshError, type Virsh } from './virsh';

export interface PoolFacts {
  readonly path: string;
  readonly availableBytes: number;
  readonly capacityBytes: number;
}

/** Reads `pool-dumpxml`. */
export function parsePool(text: string): PoolFacts {
  const pool = parseXml(text, 'pool');
  return {
    path: required(pool.at('target', 'path'), '<path>').text,
    availableBytes: bytesOf(pool.at('available'), 'bytes') ?? 0,
    capacityBytes: bytesOf(pool.at('capacity'), 'bytes') ?? 0,
  };
}

/** Where libvirt itself would put the `default` pool of a connection; virt-install makes it there, too. */
export const defaultPoolPath = (uri: string): string =>
  uri.endsWith('/session')
    ? join(process.env.XDG_DATA_HOME ?? join(homedir(), '.local/share'), 'libvirt/images')
    : '/var/lib/libvirt/images';

/**
 * Makes sure that a pool is there and active. Only `default` is made when it is missing.
 *
 * @returns its facts, freshly read from the disk
 * @throws POOL_UNAVAILABLE
 */
export async function ensurePool(virsh: Virsh, pool: string, signal?: AbortSignal): Promise<PoolFacts> {
  const known = await virsh.expect(['no-pool'], ['pool-dumpxml', pool], { signal });
  if (known === undefined) {
    if (pool !== 'default') throw k3sVmError('POOL_UNAVAILABLE', { pool, uri: virsh.uri }, 'There is no such pool.');
    const path = defaultPoolPath(virsh.uri);
    const define = await virsh.attempt(['pool-define-as', pool, 'dir', '--target', path], { signal });
    if (define.fault !== undefined && define.fault !== 'already-there') {
      throw k3sVmError('POOL_UNAVAILABLE', { pool, uri: virsh.uri }, define.stderr.trim());
    }
    await virsh.attempt(['pool-build', pool], { signal });
    await virsh.attempt(['pool-autostart', pool], { signal });
  }
  const refresh = await virsh.attempt(['pool-refresh', pool], { signal });
  if (refresh.fault === 'pool-inactive' || /is not active/.test(refresh.stderr)) {
    const start = await virsh.attempt(['pool-start', pool], { signal });
    if (start.fault !== undefined && start.fault !== 'pool-active') {
      throw k3sVmError('POOL_UNAVAILABLE', { pool, uri: virsh.uri }, start.stderr.trim());
    }
  } else if (refresh.fault !== undefined) {
    throw k3sVmError('POOL_UNAVAILABLE', { pool, uri: virsh.uri }, refresh.stderr.trim());
  }
  return parsePool(await virsh.run(['pool-dumpxml', pool], { signal }));
}

/** Name and path of the volumes in a pool, as libvirt knows them since its last look; [] when there is no such pool. */
export async function volumeList(
  virsh: Virsh,
  pool: string,
  signal?: AbortSignal,
): Promise<readonly { readonly name: string; readonly path: string }[]> {
  const text = await virsh.expect(['no-pool', 'pool-inactive'], ['vol-list', pool], { signal });
  // Two columns; names of ours hold no blanks.
  return (text ?? '').split('\n').flatMap((line) => {
    const [name = '', path = ''] = line.trim().split(/\s{2,}/);
    return name === '' ? [] : [{ name, path }];
  });
}

/** Names of the volumes in a pool; [] when there is no such pool. */
export const volumeNames = async (virsh: Virsh, pool: string, signal?: AbortSignal): Promise<readonly string[]> =>
  (await volumeList(virsh, pool, signal)).map(({ name }) => name);

/** The path a volume has on libvirt's host, or undefined when there is no such volume. */
export async function volumePath(
  virsh: Virsh,
  pool: string,
  name: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const path = await virsh.expect(['no-volume'], ['vol-path', '--pool', pool, name], { signal });
  return path?.trim();
}

/** The size a volume offers, in bytes. */
export async function volumeCapacity(virsh: Virsh, pool: string, name: string, signal?: AbortSignal): Promise<number> {
  return parseVolume(await virsh.run(['vol-dumpxml', '--pool', pool, name], { signal })).capacity;
}

export interface VolumeFacts {
  readonly path: string;
  /** Bytes the guest sees. */
  readonly capacity: number;
  /** Bytes it takes up. */
  readonly allocation: number;
  /** When its content last changed, as libvirt writes it: seconds with their fraction. */
  readonly mtime: string;
  /** What it is an overlay on. */
  readonly backing?: Backing;
}

export interface Backing {
  readonly path: string;
  readonly format: 'qcow2' | 'raw';
}

/** Reads `vol-dumpxml`. */
export function parseVolume(text: string): VolumeFacts {
  const volume = parseXml(text, 'volume');
  const backing = volume.at('backingStore');
  const backingPath = backing?.at('path')?.text;
  const format = backing?.at('format')?.attributes.type === 'raw' ? 'raw' : 'qcow2';
  return {
    path: required(volume.at('target', 'path'), '<path>').text,
    capacity: required(bytesOf(volume.at('capacity'), 'bytes'), '<capacity>'),
    allocation: bytesOf(volume.at('allocation'), 'bytes') ?? 0,
    mtime: volume.at('target', 'timestamps', 'mtime')?.text ?? '',
    ...(backingPath === undefined ? {} : { backing: { path: backingPath, format } }),
  };
}

/** What libvirt finds out about a volume now; undefined when there is none, or its file is gone. */
export async function volumeFacts(
  virsh: Virsh,
  pool: string,
  name: string,
  signal?: AbortSignal,
): Promise<VolumeFacts | undefined> {
  const { fault, stdout } = await virsh.attempt(['vol-dumpxml', '--pool', pool, name], { signal });
  return fault === undefined ? parseVolume(stdout) : undefined;
}

/** The content of a small volume; undefined when there is none. */
export const volumeText = (
  virsh: Virsh,
  pool: string,
  name: string,
  signal?: AbortSignal,
): Promise<string | undefined> =>
  withTempFile(undefined, async (path) => {
    const { fault } = await virsh.attempt(['vol-download', '--pool', pool, name, path], { signal });
    return fault === undefined ? readFile(path, 'utf8') : undefined;
  });

export interface NewVolume {
  readonly name: string;
  /** Bytes the guest sees (qcow2) or the file holds (raw). */
  readonly capacity: number;
  readonly format: 'qcow2' | 'raw';
  /** Makes it a thin overlay. */
  readonly backing?: Backing;
}

/**
 * The XML of a volume; allocation 0 makes it thin. libvirt's default is qcow2's first format, in which QEMU discards
 * nothing of an overlay: what a guest deletes would stay on the host, and in copies.
 */
export function volumeXml(volume: NewVolume): string {
  const backing = volume.backing
    ? `<backingStore><path>${e(volume.backing.path)}</path><format type='${volume.backing.format}'/></backingStore>`
    : '';
  const compat = volume.format === 'qcow2' ? '<compat>1.1</compat>' : '';
  return (
    `<volume><name>${e(volume.name)}</name><capacity unit='bytes'>${volume.capacity}</capacity>` +
    `<allocation unit='bytes'>0</allocation><target><format type='${volume.format}'/>${compat}</target>${backing}</volume>`
  );
}

/**
 * Creates an empty volume. One that has its name already is never touched: libvirt refuses to make a second, in one step.
 *
 * @returns its path on libvirt's host
 * @throws VOLUME_EXISTS, POOL_FULL, LIBVIRT
 */
export async function createVolume(
  virsh: Virsh,
  pool: string,
  volume: NewVolume,
  signal?: AbortSignal,
): Promise<string> {
  const outcome = await withTempFile(volumeXml(volume), (path) =>
    virsh.attempt(['vol-create', pool, path], { signal }),
  );
  if (outcome.fault !== undefined) {
    throw virshError(outcome.fault, outcome.stderr, virsh.uri, `create the volume "${volume.name}"`, {
      pool,
      volume: volume.name,
    });
  }
  return required(await volumePath(virsh, pool, volume.name, signal), `the path of ${volume.name}`);
}

/**
 * Creates a raw volume with a file's content. A failure or an abort leaves none behind.
 *
 * @param file path on this machine
 * @returns its path on libvirt's host
 * @throws VOLUME_EXISTS, POOL_FULL, LIBVIRT
 */
export async function uploadVolume(
  virsh: Virsh,
  pool: string,
  name: string,
  file: string,
  signal?: AbortSignal,
): Promise<string> {
  const bytes = (await stat(file)).size;
  const path = await createVolume(virsh, pool, { name, capacity: bytes, format: 'raw' }, signal);
  try {
    const upload = ['vol-upload', '--pool', pool, name, file];
    const outcome = await virsh.attempt(upload, { signal, timeoutMs: 30 * 60_000 });
    if (outcome.fault !== undefined) {
      throw virshError(outcome.fault, outcome.stderr, virsh.uri, `upload the volume "${name}"`, { pool });
    }
    return path;
  } catch (error) {
    await deleteVolume(virsh, pool, name);
    throw error;
  }
}

/**
 * Deletes a volume; one that is not there is fine. An upload whose virsh outlived us keeps its volume busy for as long
 * as it runs, so this tries again for up to a minute.
 *
 * @returns whether there was one
 */
export async function deleteVolume(virsh: Virsh, pool: string, name: string, signal?: AbortSignal): Promise<boolean> {
  const deadline = deadlineIn(60_000);
  for (;;) {
    const outcome = await virsh.attempt(['vol-delete', '--pool', pool, name], { signal });
    if (outcome.fault === undefined) return true;
    if (outcome.fault === 'no-volume' || outcome.fault === 'no-pool' || /No such file/.test(outcome.stderr))
      return false;
    if (outcome.fault !== 'volume-in-use' || deadline.isOver()) {
      throw virshError(outcome.fault, outcome.stderr, virsh.uri, `delete the volume "${name}"`);
    }
    await sleep(250, undefined, signal === undefined ? {} : { signal });
  }
}

/** Grows a volume. @param capacity new size in bytes */
export async function growVolume(
  virsh: Virsh,
  pool: string,
  name: string,
  capacity: number,
  signal?: AbortSignal,
): Promise<void> {
  const outcome = await virsh.attempt(['vol-resize', '--pool', pool, name, `${capacity}b`], { signal });
  if (outcome.fault !== undefined) {
    throw virshError(outcome.fault, outcome.stderr, virsh.uri, `grow the volume "${name}"`, { pool });
  }
}
