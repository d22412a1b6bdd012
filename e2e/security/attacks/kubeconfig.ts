/**
 * A kubeconfig that a cloned repository brings. It can name a program (`exec`) that kubectl runs.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Attack, AttackedProject, Bench, CommandResult } from '../attack';

/** Runs what a kubeconfig names, as kubectl does, for every file that KUBECONFIG lists. */
const kubectl = `#!/bin/sh
IFS=:
for file in $KUBECONFIG; do
  [ ! -f "$file" ] || eval "$(sed -n 's/.*command: //p' "$file")"
done
echo "used $KUBECONFIG"
`;

/** Written so that the wrapper finds no name in it, and so cannot tell that no VM of that name runs. */
const withExec = ({ canary }: Bench): string =>
  `{"apiVersion": v1, "kind": Config, "current-context": x, "users": [{"name": x, "user": {"exec": {\n  command: : >'${canary}'\n}}}]}\n`;

/** What setup leaves in the user's state folder, for a VM whose state cannot be told. */
async function setUp({ dir, home }: Pick<AttackedProject, 'dir' | 'home'>): Promise<void> {
  const uuid = '0f0e0d0c-0b0a-4909-8807-060504030201';
  const state = join(home, '.local', 'state', 'k3s-vm');
  for (const [file, text] of [
    [join(state, 'projects', dir, '.k3s-vm-uuid'), `${uuid}\n`],
    [join(state, 'vms', uuid, 'kubeconfig'), 'apiVersion: v1\nkind: Config\n'],
  ] as const) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

const evidence = ({ exitCode, stdout, stderr }: CommandResult): string =>
  `exit ${exitCode}: ${(stderr.trim() || stdout.trim()).split('\n')[0]}`;

const attacks: readonly Attack[] = [
  {
    topic: 'kubeconfig',
    title: 'a committed .kube/config names a program, and the project has no VM yet',
    run: async (bench) => {
      const project = await bench.project();
      await project.program('kubectl', kubectl);
      await project.file('k3s-vm.yaml', '');
      await project.file('.kube/config', withExec(bench));
      const result = await project.kubectl(['get', 'nodes']);
      return { held: !bench.ran() && result.exitCode === 14, evidence: evidence(result) };
    },
  },
  {
    topic: 'kubeconfig',
    title: 'a git pull puts a .kube/config that names a program in the place of ours',
    run: async (bench) => {
      const project = await bench.project();
      await project.program('kubectl', kubectl);
      await project.file('k3s-vm.yaml', '');
      await setUp(project);
      await project.file('.kube/config', withExec(bench));
      const result = await project.kubectl(['get', 'nodes']);
      return { held: !bench.ran() && result.stdout.includes(project.home), evidence: evidence(result) };
    },
  },
  {
    topic: 'kubeconfig',
    title: 'a colon in a folder name makes kubectl read a second kubeconfig, from the working directory',
    run: async (bench) => {
      const clone = await bench.project();
      await clone.program('kubectl', kubectl);
      await clone.file('shop:evil/k3s-vm.yaml', '');
      await clone.file('shop:evil/.kube/config', '');
      const project = { home: clone.home, dir: join(clone.dir, 'shop:evil') };
      await clone.file('shop:evil/src/evil/.kube/config', withExec(bench));
      await setUp(project);
      const result = await clone.kubectl(['get', 'nodes'], { cwd: join(project.dir, 'src') });
      return { held: !bench.ran() && result.exitCode === 0, evidence: evidence(result) };
    },
  },
  {
    topic: 'kubeconfig',
    title: 'a .kube/config that names a program is handed out by `k3s-vm kubeconfig`',
    run: async (bench) => {
      const project = await bench.project();
      await project.file('k3s-vm.yaml', '');
      await setUp(project);
      await project.file('.kube/config', withExec(bench));
      const results = [await project.k3sVm(['kubeconfig']), await project.k3sVm(['kubeconfig', '--print'])];
      const held = results.every(({ exitCode, stdout }) => exitCode !== 0 && stdout === '');
      return { held, evidence: results.map(evidence).join('; ') };
    },
  },
];
export default attacks;
