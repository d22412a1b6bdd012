/**
 * A project with a real VM for a benchmark, on the same footing as the real-VM suite.
 */
import { rm } from 'node:fs/promises';
import { createProject, installCommandLine, type Project } from '../../e2e/harness/project';
import { createWorld, type World } from '../../e2e/harness/world';

export interface BenchVm {
  readonly world: World;
  readonly project: Project;
  /** Folder of the installed command line. */
  readonly installed: string;
  /** Runs k3s-vm and throws with what it said unless it exits with 0. */
  k3sVm(...args: string[]): Promise<string>;
  kubectl(...args: string[]): Promise<string>;
}

/** Sizes that the numbers were taken with. */
const sizes = { cpus: 2, memory: '4GiB', timeout: '20m' };

/** Gives `work` a project without a VM yet, and removes all of it afterwards. */
export async function withProject(work: (vm: BenchVm) => Promise<void>): Promise<void> {
  const world = await createWorld((line) => console.log(`  ${line}`));
  const installed = await installCommandLine();
  const config = Object.keys(world.k3s.config).length > 0 ? { k3s: { config: world.k3s.config } } : {};
  const project = await createProject(installed, {
    serverUrl: world.server.url,
    settings: { connection: 'qemu:///system', ...sizes, ...config },
  });
  const checked =
    (run: Project['k3sVm']) =>
    async (...args: string[]): Promise<string> => {
      const result = await run(args);
      if (result.exitCode !== 0) throw new Error(`${args.join(' ')}: exit ${result.exitCode}\n${result.stderr}`);
      return result.stdout;
    };
  console.log(`  K3s: ${world.k3s.kind === 'real' ? world.k3s.version : 'the stand-in'}`);
  try {
    await work({ world, project, installed, k3sVm: checked(project.k3sVm), kubectl: checked(project.kubectl) });
  } finally {
    await project.k3sVm(['reset', '--yes']);
    await project.remove();
    await rm(installed, { recursive: true, force: true });
    await world.close();
  }
}
