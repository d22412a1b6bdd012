/**
 * The project: its settings, its folder, and whose VM it is.
 */
import { operand, sh } from '../shell-quote';
import { entry, exitStatus } from './entry';
import { run, type Remedy } from './remedy';

const { usage, conflict } = exitStatus;

export const projectErrors = {
  CONFIG_INVALID: entry<{ where: string; problems: readonly string[]; hints?: readonly Remedy[] }>(
    usage,
    (p) => `${p.where} has ${p.problems.length === 1 ? 'a problem' : 'problems'}:\n  ${p.problems.join('\n  ')}`,
    (p) => p.hints ?? [run('k3s-vm config show', 'See every setting, its value and where it comes from:')],
  ),
  /** `uid`: the caller's. `found`: from the working directory upwards, not named. */
  UNTRUSTED_PROJECT: entry<{
    folder: string;
    path: string;
    owner: string;
    paths: readonly string[];
    uid: number;
    found: boolean;
  }>(
    usage,
    (p) => `${p.path} belongs to ${p.owner}. k3s-vm only trusts projects that belong to you or to root.`,
    (p) => [
      ...(p.found ? [run('export K3S_VM_PROJECT="$PWD"', 'Use the folder you are in as the project instead:')] : []),
      run(sh`sudo chown -h ${p.uid} -- ${p.paths}`, 'If the project is yours, take ownership:'),
      run(
        sh`export K3S_VM_TRUST="$K3S_VM_TRUST:"${p.folder}`,
        'If you trust the owner, say so (add this to your shell profile to make it permanent):',
      ),
    ],
  ),
  USAGE: entry<{ problem: string; help?: string }>(
    usage,
    (p) => p.problem,
    (p) => [run(p.help ?? 'k3s-vm --help', 'See the usage:')],
  ),
  FOLDER_REFUSED: entry<{ path: string; why: string }>(
    usage,
    (p) => `k3s-vm cannot use ${p.path}: ${p.why}.`,
    () => [
      run('ls -ld .kube .k3s-vm', 'See what is in the project folder:'),
      { text: 'It must be a folder that you own, or not exist. Move it away, then run the command again.' },
    ],
  ),
  FOREIGN_DOMAIN: entry<{ name: string; uri: string }>(
    conflict,
    (p) => `A VM named "${p.name}" already exists on ${p.uri}, and k3s-vm did not create it. Nothing was changed.`,
    () => [run('k3s-vm config set name my-cluster', 'Choose another name for this project:')],
  ),
  FOREIGN_PROJECT: entry<{ name: string; project: string }>(
    conflict,
    (p) => `The VM "${p.name}" belongs to another project: ${p.project}.`,
    () => [run('k3s-vm config set name my-cluster', 'Choose another name for this project:')],
  ),
  ORPHANED: entry<{ name: string; project: string }>(
    conflict,
    (p) =>
      `The VM "${p.name}" was created for ${p.project}, which no longer exists. A setting in a project file is not enough to claim it.`,
    (p) => [
      run(sh`k3s-vm setup --name ${p.name}`, 'If you moved the project, keep its VM:'),
      run(sh`k3s-vm reset --name ${p.name}`, 'Or delete the VM:'),
      run('k3s-vm config set name my-cluster', 'Or choose another name for this project:'),
    ],
  ),
  VOLUME_EXISTS: entry<{ volume: string; pool: string; uri: string }>(
    conflict,
    (p) =>
      `The storage pool "${p.pool}" already has a volume "${p.volume}" that belongs to no VM of this name. Nothing was changed.`,
    (p) => [
      run(sh`virsh -c ${p.uri} vol-dumpxml --pool ${p.pool} ${operand(p.volume)}`, 'See what it is:'),
      run('k3s-vm config set name my-cluster', 'Choose another name for this project:'),
      run(
        sh`virsh -c ${p.uri} vol-delete --pool ${p.pool} ${operand(p.volume)}`,
        'Or delete the volume if it is not needed:',
      ),
    ],
  ),
  BUSY: entry<{ name: string; operation: string; pid?: number }>(
    conflict,
    (p) =>
      `Another operation on "${p.name}" is in progress: ${p.operation}${p.pid === undefined ? '' : ` (process ${p.pid})`}.`,
    (p) => [
      p.pid === undefined
        ? { text: 'Wait for it, or cancel it.' }
        : { text: 'Wait for it, or interrupt it:', command: sh`kill -INT ${p.pid}` },
    ],
  ),
};
