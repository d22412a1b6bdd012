/**
 * list: every VM of this tool, whichever project made it.
 */
import type { VmInfo } from '../cluster';
import { isK3sVmError } from '../errors';
import { sessionUri, systemUri } from '../libvirt/uri';
import { ourDomains } from '../libvirt/domains';
import { systemAsksForPassword } from '../libvirt/polkit';
import type { Virsh } from '../libvirt/virsh';
import { vmInfo } from './observe';

/** The local connections that answer without asking for a password. For root both are the system's. */
async function localUris(signal?: AbortSignal): Promise<readonly string[]> {
  if (process.getuid?.() === 0) return [systemUri];
  return (await systemAsksForPassword(signal)) === 'asks' ? [sessionUri] : [systemUri, sessionUri];
}

/**
 * All VMs of this tool on a connection; `auto` looks at both local ones and leaves out the one that does not answer.
 *
 * @throws what the only connection that was asked failed with
 */
export async function list(
  connection: string,
  virshFor: (uri: string) => Virsh,
  signal?: AbortSignal,
): Promise<readonly VmInfo[]> {
  const uris = connection === 'auto' ? await localUris(signal) : [connection];
  const answers = await Promise.allSettled(
    uris.map(async (uri) => (await ourDomains(virshFor(uri), signal)).map((view) => vmInfo(view, uri))),
  );
  const failed = answers.filter((answer) => answer.status === 'rejected');
  const [first] = failed;
  if (first !== undefined && failed.length === answers.length) throw first.reason;
  for (const { reason } of failed) if (!isK3sVmError(reason)) throw reason;
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}
