/**
 * inspect: what a bug report needs to know of libvirt.
 */
import type { Environment } from './environment';

/** Without `--security-info` libvirt leaves passwords out of a domain's XML. */
export async function inspect(
  { virsh, config }: Environment,
  signal: AbortSignal,
): Promise<{ versions: string; domainXml: string | undefined }> {
  const [versions, domainXml] = await Promise.all([
    virsh.run(['version', '--daemon'], { signal, doing: 'report its version' }),
    virsh.expect(['no-domain'], ['dumpxml', config.name], { signal }),
  ]);
  return { versions, domainXml };
}
