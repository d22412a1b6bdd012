/**
 * Links and keys that a cloned repository brings, where k3s-vm expects folders of its own. libvirt's test driver stands in
 * for libvirt: it has no VM of ours.
 */
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Attack, AttackedProject, Bench } from '../attack';

const name = 'k3s-shop';
const files = {
  config: `Host *\n# current-context: ${name}\ncurrent-context: ${name}\n`,
  id_ed25519: 'KEY\n',
  known_hosts: 'x\n',
};

/** A project whose folder `link` leads to the user's ~/.ssh. */
async function linked(bench: Bench, link: string): Promise<AttackedProject> {
  const project = await bench.project();
  await project.userConfig('connection: test:///default\npool: default-pool\n');
  await project.file('k3s-vm.yaml', `name: ${name}\n`);
  await mkdir(join(project.home, '.ssh'));
  for (const [file, text] of Object.entries(files)) await writeFile(join(project.home, '.ssh', file), text);
  await symlink(join(project.home, '.ssh'), join(project.dir, link));
  return project;
}

/** Whether ~/.ssh is as it was. */
async function isUntouched({ home }: AttackedProject): Promise<boolean> {
  const ssh = join(home, '.ssh');
  if ((await readdir(ssh)).sort().join() !== Object.keys(files).sort().join()) return false;
  const now = await Promise.all(Object.keys(files).map((file) => readFile(join(ssh, file), 'utf8')));
  return now.join() === Object.values(files).join();
}

const ofLink = (link: string): readonly Attack[] => [
  {
    topic: 'identity',
    title: `${link} leads to ~/.ssh, and setup writes there`,
    run: async (bench) => {
      const project = await linked(bench, link);
      const { exitCode, stderr } = await project.k3sVm(['setup', '--json']);
      const refused = exitCode === 2 && stderr.includes('FOLDER_REFUSED');
      return {
        held: refused && (await isUntouched(project)),
        evidence: `exit ${exitCode}: ${/"message": "([^"]*)"/.exec(stderr)?.[1] ?? stderr.trim().split('\n')[0]}`,
      };
    },
  },
  {
    topic: 'identity',
    title: `${link} leads to ~/.ssh, and reset deletes there`,
    run: async (bench) => {
      const project = await linked(bench, link);
      const { exitCode, stderr } = await project.k3sVm(['reset', '--yes']);
      const held = await isUntouched(project);
      return {
        held,
        evidence: `exit ${exitCode}, ${held ? 'nothing touched' : 'files are gone'} ${stderr.trim().split('\n')[0]}`,
      };
    },
  },
];

const attacks: readonly Attack[] = [
  ...ofLink('.kube'),
  ...ofLink('.k3s-vm'),
  {
    topic: 'identity',
    title: 'reset of a mistyped name deletes the keys and the kubeconfig of the project it is typed in',
    run: async (bench) => {
      const project = await bench.project();
      await project.userConfig('connection: test:///default\npool: default-pool\n');
      await project.file('k3s-vm.yaml', `name: ${name}\n`);
      const uuid = '0f0e0d0c-0b0a-4909-8807-060504030201';
      const state = join(project.home, '.local', 'state', 'k3s-vm');
      const record = { name, connection: 'test:///default', project: project.dir };
      for (const [folder, file, text] of [
        [join(state, 'projects', project.dir), '.k3s-vm-uuid', `${uuid}\n`],
        [join(state, 'vms', uuid), 'vm.json', JSON.stringify(record)],
        [join(state, 'vms', uuid), 'id_ed25519', 'KEY\n'],
        [join(project.dir, '.k3s-vm'), 'id_ed25519', 'KEY\n'],
      ] as const) {
        await mkdir(folder, { recursive: true });
        await writeFile(join(folder, file), text);
      }
      const { exitCode, stderr } = await project.k3sVm(['reset', '--name', 'k3s-typo', '--yes']);
      const isThere = async (path: string): Promise<boolean> =>
        (await readFile(path, 'utf8').catch(() => '')) === 'KEY\n';
      const held =
        (await isThere(join(state, 'vms', uuid, 'id_ed25519'))) &&
        (await isThere(join(project.dir, '.k3s-vm', 'id_ed25519')));
      return { held, evidence: `exit ${exitCode}, keys ${held ? 'kept' : 'deleted'} ${stderr.trim().split('\n')[0]}` };
    },
  },
];
export default attacks;
