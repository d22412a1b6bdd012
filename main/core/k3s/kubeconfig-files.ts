/**
 * Where the kubeconfig of a project's VM is. The one that we, the wrappers and the dashboard use is in the user's own state
 * folder. The project's `.kube/config` is a copy for people and their tools: it is written, compared, and never used.
 */
import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { k3sVmError } from '../errors';
import { withFolder } from '../files/folder';
import { kubeconfigFile } from '../paths';
import { linkedVm, linkProject, vmDir } from '../files/vm-folder';
import { kubeconfigText, readOwnKubeconfig, type ApiAccess, type OwnKubeconfig } from './kubeconfig';

const kept = 'kubeconfig';
/** Everything that is ours in `.kube` is not for git. */
const ignoreEverything = '*\n';

/**
 * Writes a VM's kubeconfig for wrappers and dashboard, and the project's copy, both with mode 0600.
 *
 * @param vm its name
 * @throws FOLDER_REFUSED when the project's `.kube` is no real folder of the caller's
 */
export async function writeKubeconfig(project: string, uuid: string, vm: string, access: ApiAccess): Promise<void> {
  const text = kubeconfigText(vm, access);
  const before = await keptKubeconfig(uuid).catch(() => undefined);
  // What people changed in it (the namespace) stays as long as it leads to the same place
  const isSame = before !== undefined && kubeconfigText(vm, before.access) === text && before.name === vm;
  if (!isSame) await withFolder(vmDir(uuid), { create: true }, ({ write }) => write(kept, text));
  await linkProject(project, uuid);
  if ((await copyState(project, { name: vm, access })) !== 'same') await writeProjectCopy(project, text);
}

async function writeProjectCopy(project: string, text: string): Promise<void> {
  await withFolder(dirname(kubeconfigFile(project)), { create: true }, async ({ read, write }) => {
    if ((await read('.gitignore')) === undefined) await write('.gitignore', ignoreEverything, 0o644);
    await write('config', text);
  });
}

/**
 * The kubeconfig that we keep of a VM.
 *
 * @returns undefined when there is none yet
 * @throws KUBECONFIG_REFUSED when something was put into it that we do not write
 */
export async function keptKubeconfig(uuid: string): Promise<OwnKubeconfig | undefined> {
  const text = await withFolder(vmDir(uuid), { create: false }, ({ read }) => read(kept));
  return text === undefined ? undefined : readOwnKubeconfig(join(vmDir(uuid), kept), text);
}

/** The same for whichever VM is the project's. */
export async function clusterKubeconfig(project: string): Promise<OwnKubeconfig | undefined> {
  const uuid = await linkedVm(project);
  return uuid === undefined ? undefined : keptKubeconfig(uuid);
}

/** How the project's copy is: `same` leads where ours does, though people may have chosen a namespace in it. */
export type CopyState = 'same' | 'absent' | 'foreign';

/** @param own what we keep; without it, whatever is in the project is foreign */
export async function copyState(project: string, own: OwnKubeconfig | undefined): Promise<CopyState> {
  const path = kubeconfigFile(project);
  const isThere = await lstat(path).then(
    () => true,
    () => false,
  );
  if (!isThere) return 'absent';
  try {
    const text = await withFolder(dirname(path), { create: false }, ({ read }) => read('config'));
    if (text === undefined || own === undefined) return 'foreign';
    const { name, access } = await readOwnKubeconfig(path, text);
    return kubeconfigText(name, access) === kubeconfigText(own.name, own.access) ? 'same' : 'foreign';
  } catch {
    return 'foreign';
  }
}

/** Whether the project holds the kubeconfig that we wrote. */
export async function hasProjectCopy(project: string): Promise<boolean> {
  try {
    const uuid = await linkedVm(project);
    if (uuid === undefined) return false;
    const folder = dirname(kubeconfigFile(project));
    const ours = await withFolder(vmDir(uuid), { create: false }, ({ read }) => read(kept));
    const copy = await withFolder(folder, { create: false }, ({ read }) => read('config'));
    if (ours === undefined || copy === undefined) return false;
    // Status is asked often, and the file has rarely changed: skip the parsing if it is the same
    return ours === copy || (await copyState(project, await keptKubeconfig(uuid))) === 'same';
  } catch {
    return false;
  }
}

/**
 * Sees to it that the project's copy may be used: a missing one is written again.
 *
 * @returns what we keep; undefined when the project's VM has no kubeconfig yet
 * @throws KUBECONFIG_REFUSED when there is a file of somebody else's
 */
export async function requireProjectCopy(project: string): Promise<OwnKubeconfig | undefined> {
  const own = await clusterKubeconfig(project);
  const state = await copyState(project, own);
  if (state === 'foreign') {
    throw k3sVmError('KUBECONFIG_REFUSED', { path: kubeconfigFile(project), why: 'k3s-vm did not write it' });
  }
  if (state === 'absent' && own !== undefined) await writeProjectCopy(project, kubeconfigText(own.name, own.access));
  return own;
}
