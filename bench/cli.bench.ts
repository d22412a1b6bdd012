/**
 * What the command line adds to the tools under it: `--help` to bare node, `status` of a stopped VM to node and one
 * virsh, `bin/kubectl` to kubectl.
 */
import { execa } from 'execa';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { alternate, milliseconds, tell, timed } from './lib/measure';

const repository = process.env.K3S_VM_E2E_REPOSITORY ?? process.cwd();
const bin = (name: string): string => join(repository, 'bin', name);
const rounds = 31;

const folder = await mkdtemp(join(tmpdir(), 'k3s-vm-bench-'));
const run =
  (file: string, ...args: string[]) =>
  (): Promise<number> =>
    timed(() => execa(file, args, { cwd: folder, reject: false, stdin: 'ignore' }));

try {
  const uri = 'qemu:///system';
  await writeFile(join(folder, 'k3s-vm.yaml'), `connection: ${uri}\n`);
  await writeFile(join(folder, 'empty.cjs'), '');
  const help = await alternate(rounds, {
    node: run(process.execPath, 'empty.cjs'),
    help: run(bin('k3s-vm'), '--help'),
  });
  const results = [
    {
      what: '`k3s-vm --help` − `node` on an empty file',
      measured: `${milliseconds(help.help - help.node)} (${milliseconds(help.help)} − ${milliseconds(help.node)})`,
      bar: '≤ 40 ms',
      met: help.help - help.node <= 40,
    },
  ];
  if ((await execa('virsh', ['-c', uri, 'list'], { reject: false })).exitCode === 0) {
    const status = await alternate(rounds, {
      node: run(process.execPath, 'empty.cjs'),
      virsh: run('virsh', '-c', uri, 'list', '--all'),
      status: run(bin('k3s-vm'), 'status'),
    });
    const added = status.status - status.node - status.virsh;
    results.push({
      what: '`k3s-vm status` (VM not running) − `node` − one `virsh`',
      measured: `${milliseconds(added)} (${milliseconds(status.status)} − ${milliseconds(status.node)} − ${milliseconds(status.virsh)})`,
      bar: '≤ 60 ms',
      met: added <= 60,
    });
  } else console.log('not run: status, since libvirt does not answer');
  if ((await execa('kubectl', ['version', '--client'], { reject: false })).exitCode === 0) {
    // As setup leaves the user's state folder
    const uuid = '0f0e0d0c-0b0a-4909-8807-060504030201';
    const state = join(folder, 'state', 'k3s-vm');
    for (const [file, text] of [
      [join(state, 'projects', await realpath(folder), '.k3s-vm-uuid'), `${uuid}\n`],
      [join(state, 'vms', uuid, 'kubeconfig'), 'apiVersion: v1\nkind: Config\n'],
    ] as const) {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
    process.env.XDG_STATE_HOME = join(folder, 'state');
    const kubectl = await alternate(rounds, {
      kubectl: run('kubectl', 'config', 'view'),
      ours: run(bin('kubectl'), 'config', 'view'),
    });
    const added = kubectl.ours - kubectl.kubectl;
    results.push({
      what: '`bin/kubectl` − `kubectl`',
      measured: `${milliseconds(added)} (${milliseconds(kubectl.ours)} − ${milliseconds(kubectl.kubectl)})`,
      bar: '≤ 5 ms',
      met: added <= 5,
    });
  } else console.log('not run: kubectl, since there is none');
  tell(`The command line (medians of ${rounds})`, results);
} finally {
  await rm(folder, { recursive: true, force: true });
}
