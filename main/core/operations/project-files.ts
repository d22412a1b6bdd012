/**
 * What a project folder holds because of its VM: a copy of the kubeconfig, and from earlier versions its keys.
 */
import { rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isK3sVmError } from '../errors';
import { withFolder, type Folder } from '../files/folder';
import { keyFile, knownHostsFile } from '../guest/identity';
import { kubeconfigFile, markerDir } from '../paths';
import { linkedRecord, removeLeftovers, removeVmFolder, unlinkProject, type VmRecord } from '../files/vm-folder';

const ignoreEverything = '*\n';

const nothing = (): Promise<undefined> => Promise.resolve(undefined);

/**
 * Refuses a project whose `.kube` or `.k3s-vm` is no real folder of the caller's: a link there would have us write, and
 * later delete, somewhere else.
 *
 * @throws FOLDER_REFUSED
 */
export async function requireRealFolders(project: string): Promise<void> {
  for (const folder of [dirname(kubeconfigFile(project)), markerDir(project)]) {
    await withFolder(folder, { create: false }, nothing);
  }
}

/** A VM that is gone. */
export interface RemovedVm extends VmRecord {
  /** Of its domain, where there was one. */
  readonly uuid?: string;
}

/**
 * Removes what is kept of a VM that is gone, and what its project folder holds of it. What is another VM's, or somebody
 * put there, stays; links are not followed.
 *
 * @returns paths of what was removed from the project
 */
export async function removeFilesOf({ uuid, ...vm }: RemovedVm): Promise<string[]> {
  const { name, project } = vm;
  const linked = await linkedRecord(project);
  const isLinked = linked !== undefined && (linked.uuid === uuid || linked.name === name);
  const hadLeftovers = await removeLeftovers(vm);
  if (uuid !== undefined) await removeVmFolder(uuid);
  // The folder is another VM's, or nothing was ever made under this name
  if (!isLinked && (linked !== undefined || (uuid === undefined && !hadLeftovers))) return [];

  const config = kubeconfigFile(project);
  const removed: string[] = [];
  await ifReal(dirname(config), async ({ read, remove }) => {
    const text = await read('config');
    const context = /^current-context: "?(.*?)"?$/m.exec(text ?? '')?.[1];
    if (context === name && (await remove('config'))) removed.push(config);
  });
  // Keys in it are those of an earlier version
  await ifReal(markerDir(project), async ({ remove }) => {
    for (const file of [keyFile, `${keyFile}.pub`, knownHostsFile]) await remove(file);
  });
  for (const folder of [dirname(config), markerDir(project)]) await removeEmptied(folder);
  await unlinkProject(project);
  return removed;
}

/** Does something in a folder, unless something else than a real folder of the caller's is in its place. */
async function ifReal(path: string, use: (folder: Folder) => Promise<void>): Promise<void> {
  await withFolder(path, { create: false }, use).catch((error: unknown) => {
    if (!isK3sVmError(error, 'FOLDER_REFUSED')) throw error;
  });
}

/** Removes a folder that holds nothing but the .gitignore that we put there. */
async function removeEmptied(path: string): Promise<void> {
  await ifReal(path, async ({ names, read, remove }) => {
    if ((await names()).some((name) => name !== '.gitignore')) return;
    if ((await read('.gitignore')) === ignoreEverything) await remove('.gitignore');
    // Of a link in its place this removes nothing
    await rmdir(path).catch(() => undefined);
  });
}
