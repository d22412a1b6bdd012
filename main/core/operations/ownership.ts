/**
 * Whose a VM is: the project's that its metadata names. A name in a project file is no proof, since anybody can write one.
 */
import { realpathSync } from 'node:fs';
import type { Config } from '../config/schema';
import { k3sVmError } from '../errors';
import { setMetadata, type DomainView } from '../libvirt/domains';
import type { VmMetadata } from '../libvirt/metadata';
import type { Virsh } from '../libvirt/virsh';

/** A folder's real path; `gone` when there is none, `hidden` when this user may not know. */
function look(path: string): { readonly path: string } | 'gone' | 'hidden' {
  try {
    return { path: realpathSync(path) };
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'gone' : 'hidden';
  }
}

/**
 * Makes sure that the project may act on a VM: it is the project's own, or the project it was made for is gone and the
 * user named the VM (`--name`, K3S_VM_NAME).
 *
 * @returns the real path of the project that owns it; undefined for an orphan
 * @throws FOREIGN_PROJECT; ORPHANED when the user has not named it
 */
export function requireOwn(
  { config, named }: { readonly config: Config; readonly named: boolean },
  { project }: Pick<VmMetadata, 'project'>,
): string | undefined {
  const { name } = config;
  const owner = look(project);
  if (owner === 'gone') {
    if (!named) throw k3sVmError('ORPHANED', { name, project });
    return undefined;
  }
  const here = look(config.project);
  if (typeof owner === 'object' && typeof here === 'object' && owner.path === here.path) return owner.path;
  throw k3sVmError('FOREIGN_PROJECT', { name, project });
}

/**
 * Makes an orphan that the user named the project's own, so that it need not be named again.
 *
 * @returns its metadata now
 */
export async function adopt(
  { virsh, config }: { readonly virsh: Virsh; readonly config: Config },
  { facts, metadata }: Pick<DomainView, 'facts'> & { readonly metadata: VmMetadata },
  signal?: AbortSignal,
): Promise<VmMetadata> {
  const here = look(config.project);
  if (look(metadata.project) !== 'gone' || typeof here !== 'object') return metadata;
  const adopted = { ...metadata, project: here.path };
  await setMetadata(virsh, facts, adopted, facts.id !== undefined, signal);
  return adopted;
}
