/**
 * Names of VMs. A name is a libvirt domain, a hostname and a Kubernetes node at once, so the narrowest rule holds.
 */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { k3sVmError } from '../errors';

const longest = 63;

/**
 * What names of volumes that VMs share begin with (operations/storage.ts). A VM of such a name would have its own volumes
 * among them.
 */
const sharedPrefix = /^k3s-vm-(base|payload|golden)(?=-|$)/;

/** A folder's name as part of a hostname: `My Café (2)` is `my-cafe-2`. May be empty. */
export function slug(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
}

/**
 * The VM's name for a project: `k3s-<folder>-<6 hex digits of its path's hash>`, so two folders of the same name do
 * not collide. A folder such as `vm-base` becomes `k3s-project-vm-base-<hash>`: see sharedPrefix.
 *
 * @param project real path of the project folder
 */
export function defaultName(project: string): string {
  const hash = createHash('sha256').update(project).digest('hex').slice(0, 6);
  const named = (words: string): string => {
    const folder = words.slice(0, longest - `k3s--${hash}`.length).replace(/-+$/, '');
    return folder === '' ? `k3s-${hash}` : `k3s-${folder}-${hash}`;
  };
  const folder = slug(basename(project));
  const name = named(folder);
  return sharedPrefix.test(name) ? named(`project-${folder}`) : name;
}

/**
 * What is wrong with a name for a VM, or undefined.
 *
 * Wherever virsh takes a domain, it tries an id first, then a UUID, then a name (virshLookupDomainInternal in libvirt's
 * tools/virsh-util.c): any number counts as an id, and 32 hex digits as a UUID, wherever the dashes are (virUUIDParse in
 * src/util/viruuid.c). libvirt writes the log of a domain NAME to NAME.log, and we write its console to NAME-console.log.
 */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'must not be empty';
  if (name.length > longest) return `is ${name.length} characters long; a hostname can have at most ${longest}`;
  if (!/^[a-z0-9-]+$/.test(name)) return 'can contain only lowercase letters, digits and dashes';
  if (name.startsWith('-') || name.endsWith('-')) return 'must begin and end with a letter or digit';
  if (/^\d+$/.test(name)) return 'must contain a letter: virsh would treat it as the id of a running VM';
  if (/^[0-9a-f]{32}$/.test(name.replaceAll('-', '')))
    return 'must not be a UUID: virsh would look for the VM with that UUID';
  const [shared] = sharedPrefix.exec(name) ?? [];
  if (shared !== undefined)
    return `must not begin with "${shared}": that prefix is reserved for volumes that VMs share`;
  if (name.endsWith('-console')) return 'must not end with "-console": that ending is reserved for console logs';
  return undefined;
}

/**
 * Refuses an invalid name for a new VM. A VM that an earlier version created may still have such a name.
 *
 * @throws CONFIG_INVALID
 */
export function requireUsableName(name: string): void {
  const problem = nameProblem(name);
  if (problem !== undefined) throw k3sVmError('CONFIG_INVALID', { where: `The name "${name}"`, problems: [problem] });
}
