/**
 * Copying the disk of a running domain. https://libvirt.org/manpages/virsh.html#blockcopy
 */
import type { DomainRef } from './domains';
import { virshError, type Virsh } from './virsh';

/** The disk that domain-xml.ts puts first. */
const systemTarget = 'vda';

/** Longest a copy of what a guest wrote may take. */
const copyTimeoutMs = 15 * 60_000;

/** Ends a copy that a killed process left running; none is fine. */
export const cancelCopy = async (virsh: Virsh, { uuid }: DomainRef): Promise<void> =>
  void (await virsh.attempt(['blockjob', uuid, systemTarget, '--abort']));

/**
 * Copies what a domain's system disk has on top of its backing image into a volume on the same backing image. The copy
 * is the disk as it is when the last byte was copied; after a failure, nothing more is written to it.
 *
 * @param path of an empty volume, on libvirt's host
 * @throws LIBVIRT and others with libvirt's text as the cause; the signal's reason
 */
export async function copyTopLayer(virsh: Virsh, domain: DomainRef, path: string, signal: AbortSignal): Promise<void> {
  const cancel = (): void => void cancelCopy(virsh, domain).catch(() => undefined);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    signal.throwIfAborted();
    const target = ['--dest', path, '--format', 'qcow2', '--reuse-external'];
    const how = ['--shallow', '--transient-job', '--wait', '--finish'];
    const { fault, stderr } = await virsh.attempt(['blockcopy', domain.uuid, systemTarget, ...target, ...how], {
      timeoutMs: copyTimeoutMs,
    });
    signal.throwIfAborted();
    if (fault !== undefined) throw virshError(fault, stderr, virsh.uri, `copy the disk of "${domain.name}"`);
  } catch (error) {
    await cancelCopy(virsh, domain);
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** Gives the system disk of a running domain another size, in bytes, which its guest sees at once. */
export async function resizeDisk(
  virsh: Virsh,
  { name, uuid }: DomainRef,
  bytes: number,
  signal?: AbortSignal,
): Promise<void> {
  await virsh.run(['blockresize', uuid, systemTarget, `${bytes}B`], {
    signal,
    doing: `grow the disk of "${name}"`,
  });
}
