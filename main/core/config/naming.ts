/**
 * Names of VMs. A name is a libvirt domain, a hostname and a Kubernetes node at once, so the narrowest rule holds.
 */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';

const longest = 63;

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
 * not collide.
 *
 * @param project real path of the project folder
 */
export function defaultName(project: string): string {
  const hash = createHash('sha256').update(project).digest('hex').slice(0, 6);
  const room = longest - `k3s--${hash}`.length;
  const folder = slug(basename(project)).slice(0, room).replace(/-+$/, '');
  return folder === '' ? `k3s-${hash}` : `k3s-${folder}-${hash}`;
}

/** What is wrong with a name that was given, or undefined. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'must not be empty';
  if (name.length > longest) return `is ${name.length} characters long; ${longest} is the most a hostname may have`;
  if (!/^[a-z0-9-]+$/.test(name)) return 'may have lower-case letters, digits and dashes only';
  if (name.startsWith('-') || name.endsWith('-')) return 'must begin and end with a letter or digit';
  return undefined;
}
