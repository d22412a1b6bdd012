/**
 * What a run of this suite that was killed left on the machine.
 */
import { execa } from 'execa';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectFolderPrefix } from './project';

interface Listed {
  readonly clusters: readonly { readonly name: string; readonly project?: string }[];
}

/**
 * Removes the VMs of earlier runs' projects, and the golden images that no VM stands on: with those, a first setup would
 * not be one. Done with the tool itself, as its user would.
 *
 * @param installed folder of the installed command line
 */
export async function removeLeftovers(installed: string, log: (line: string) => void): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'k3s-vm-sweep-'));
  const k3sVm = (...args: string[]) =>
    execa(join(installed, 'bin', 'k3s-vm'), [...args, '--connection', 'qemu:///system'], {
      cwd: home,
      env: { HOME: home },
      stdin: 'ignore',
    });
  try {
    const { clusters } = JSON.parse((await k3sVm('list', '--json')).stdout) as Listed;
    for (const { name, project } of clusters) {
      if (project?.startsWith(projectFolderPrefix) !== true) continue;
      await k3sVm('reset', '--yes', '--name', name);
      log(`removed ${name}, which a run before this one left behind`);
    }
    await k3sVm('cache', 'prune');
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
