/**
 * What this user keeps of each VM, in a folder of the user's own state and never in the project: its keys, its kubeconfig,
 * and which VM is a project's. A cloned repository can therefore hold neither a key nor a kubeconfig that we would use,
 * and `git clean -fdx` takes nothing away.
 */
import { readdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { k3sVmError } from '../errors';
import { withFolder } from './folder';
import { projectLinkFile, projectLinkName, projectsDir, vmsDir } from '../paths';

/** Which VM a folder is of. */
export interface VmRecord {
  readonly name: string;
  /** libvirt URI */
  readonly connection: string;
  /** Real path of the project folder. */
  readonly project: string;
}

const recordName = 'vm.json';
const uuidPattern = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** @param uuid of the domain */
export function vmDir(uuid: string): string {
  if (!uuidPattern.test(uuid)) throw k3sVmError('INTERNAL', { what: `${JSON.stringify(uuid)} is no UUID` });
  return join(vmsDir(), uuid);
}

/** Makes the folder of a VM that is about to be made. */
export async function createVmFolder(uuid: string, record: VmRecord): Promise<void> {
  await withFolder(vmDir(uuid), { create: true }, (folder) => folder.write(recordName, `${JSON.stringify(record)}\n`));
}

/** Removes all that is kept of a VM. */
export const removeVmFolder = (uuid: string): Promise<void> => rm(vmDir(uuid), { recursive: true, force: true });

/**
 * Removes what was kept of a VM whose domain is gone, or was never defined because a setup broke off.
 *
 * @returns whether there was anything
 */
export async function removeLeftovers(wanted: VmRecord): Promise<boolean> {
  const folders = await readdir(vmsDir()).catch(() => []);
  let found = false;
  for (const uuid of folders.filter((name) => uuidPattern.test(name))) {
    const record = await readRecord(uuid);
    const isIt =
      record?.name === wanted.name && record.connection === wanted.connection && record.project === wanted.project;
    if (!isIt) continue;
    await removeVmFolder(uuid);
    found = true;
  }
  return found;
}

async function readRecord(uuid: string): Promise<Partial<VmRecord> | undefined> {
  try {
    const text = await withFolder(vmDir(uuid), { create: false }, (folder) => folder.read(recordName));
    return text === undefined ? undefined : (JSON.parse(text) as Partial<VmRecord>);
  } catch {
    return undefined;
  }
}

/** Says which VM is the project's. @param project real path of its folder */
export async function linkProject(project: string, uuid: string): Promise<void> {
  const folder = dirname(linkFile(project));
  await withFolder(folder, { create: true }, ({ write }) => write(projectLinkName, `${uuid}\n`));
}

/** The UUID of the project's VM; undefined when this user made none for it. */
export async function linkedVm(project: string): Promise<string | undefined> {
  const folder = dirname(linkFile(project));
  const text = await withFolder(folder, { create: false }, ({ read }) => read(projectLinkName)).catch(() => undefined);
  const uuid = text?.trim();
  return uuid !== undefined && uuidPattern.test(uuid) ? uuid : undefined;
}

/** The project's VM with what is noted of it; undefined when there is none, or nothing is kept of it any more. */
export async function linkedRecord(project: string): Promise<(Partial<VmRecord> & { uuid: string }) | undefined> {
  const uuid = await linkedVm(project);
  const record = uuid === undefined ? undefined : await readRecord(uuid);
  return uuid === undefined || record === undefined ? undefined : { ...record, uuid };
}

/** The project has no VM any more. */
export async function unlinkProject(project: string): Promise<void> {
  let folder = dirname(linkFile(project));
  await withFolder(folder, { create: false }, ({ remove }) => remove(projectLinkName)).catch(() => undefined);
  // Other projects may be above or below it: their folders stay
  for (; folder.startsWith(`${projectsDir()}/`); folder = dirname(folder)) {
    const isGone = await rmdir(folder).then(
      () => true,
      () => false,
    );
    if (!isGone) return;
  }
}

function linkFile(project: string): string {
  // Anything else could lead out of the folder
  if (resolve(project) !== project)
    throw k3sVmError('INTERNAL', { what: `${JSON.stringify(project)} is no real path` });
  return projectLinkFile(project);
}
