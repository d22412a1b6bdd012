/**
 * Names: of VMs, which virsh may take for something else, and of volumes, which somebody else may have made. All against
 * libvirt's test driver, whose world is a file; what is asked of it is written down on the way.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Attack, AttackedProject, Bench, Verdict } from '../attack';

interface FakeVm {
  readonly name: string;
  /** The project that it was made for. */
  readonly project: string;
}

const uuid = '11111111-2222-4333-8444-555555555555';

/** A running VM of ours, with id 1. */
const domain = ({ name, project }: FakeVm): string => `
  <domain type='test'>
    <name>${name}</name><uuid>${uuid}</uuid><memory>65536</memory><vcpu>1</vcpu><os><type>hvm</type></os>
    <metadata><k3svm:cluster xmlns:k3svm='urn:k3s-vm:domain:1' schema='1' phase='provisioned' project='${project}'
      pool='default' mac='52:54:00:00:00:01' address='127.0.0.1' sshPort='1' apiPort='2' baseVolume=''/></metadata>
    <devices><disk type='file'><source file='/pool/${name}-system.qcow2'/><target dev='vda' bus='virtio'/></disk></devices>
  </domain>`;

const volume = (name: string): string => `
    <volume type='file'><name>${name}</name><capacity>1000</capacity><allocation>0</allocation>
      <target><path>/pool/${name}</path><format type='qcow2'/></target></volume>`;

/**
 * Gives the project's user a libvirt.
 *
 * @returns what was deleted, ended or changed in it since
 */
async function libvirt(
  bench: Bench,
  project: AttackedProject,
  world: { readonly vm?: FakeVm; readonly volumes?: readonly string[] },
): Promise<() => Promise<string>> {
  const [file, log] = [join(bench.scratch, 'node.xml'), join(bench.scratch, 'virsh.log')];
  await writeFile(log, '');
  await writeFile(
    file,
    `<node>${world.vm === undefined ? '' : domain(world.vm)}
  <network><name>default</name><bridge name='virbr0'/><ip address='192.168.122.1' netmask='255.255.255.0'>
    <dhcp><range start='192.168.122.2' end='192.168.122.254'/></dhcp></ip></network>
  <pool type='dir'><name>default</name><target><path>/pool</path></target>${(world.volumes ?? []).map(volume).join('')}
  </pool></node>`,
  );
  await project.userConfig(`connection: test://${file}\n`);
  await project.program('virsh', `#!/bin/sh\nprintf '%s\\n' "$*" >>'${log}'\nPATH=\${PATH#*:} exec virsh "$@"\n`);
  return async () =>
    (await readFile(log, 'utf8'))
      .split('\n')
      .filter((line) => / (destroy|undefine|shutdown|metadata|managedsave|save|start|vol-(delete|upload)) /.test(line))
      .map((line) => line.replace(/.*node\.xml /, ''))
      .join('; ');
}

/** Held where nothing was changed, and the command ended with the status that is due. */
const verdict = async (
  changes: () => Promise<string>,
  { exitCode, stdout, stderr }: { readonly exitCode: number; readonly stdout: string; readonly stderr: string },
  due: number,
): Promise<Verdict> => {
  const changed = await changes();
  const said = `exit ${exitCode}: ${(stderr || stdout).trim().split('\n').slice(0, 2).join(' ')}`;
  return { held: changed === '' && exitCode === due, evidence: changed === '' ? said : changed };
};

const topic = 'names';

const attacks: readonly Attack[] = [
  ...['1', '01', uuid, uuid.replaceAll('-', '').replace(/^(.{2})(.{12})(.{6})(.{4})/, '$1-$2-$3-$4-')].map(
    (name): Attack => ({
      topic,
      title: `a VM is called ${name}, which virsh takes for another VM's id or UUID`,
      run: async (bench) => {
        const project = await bench.project();
        const changes = await libvirt(bench, project, { vm: { name: 'shop', project: project.dir } });
        const flag = await project.k3sVm(['reset', '--yes', '--name', name]);
        if (flag.exitCode !== 2) return verdict(changes, flag, 2);
        await project.file('k3s-vm.yaml', `name: "${name}"\n`);
        return verdict(changes, await project.k3sVm(['reset', '--yes']), 2);
      },
    }),
  ),
  {
    topic,
    title: 'k3s-vm.yaml names a VM whose project is gone, to have it removed or taken over',
    run: async (bench) => {
      const project = await bench.project();
      const changes = await libvirt(bench, project, { vm: { name: 'shop', project: '/nonexistent/shop' } });
      await project.file('k3s-vm.yaml', 'name: shop\n');
      for (const command of [['start'], ['stop', '--force'], ['kubeconfig', '--refresh']]) {
        const tried = await project.k3sVm(command);
        if (tried.exitCode !== 14) return verdict(changes, tried, 14);
      }
      return verdict(changes, await project.k3sVm(['reset', '--yes']), 14);
    },
  },
  {
    topic,
    title: "a reset deletes another project's volumes that are called like shared ones",
    run: async (bench) => {
      const project = await bench.project();
      const vm = { name: 'k3s-vm-base-1a2b3c', project: '/nonexistent/vm-base' };
      const volumes = [`${vm.name}-system.qcow2`, `${vm.name}-seed.iso`, 'k3s-vm-payload-of-mine.iso'];
      const changes = await libvirt(bench, project, { vm, volumes });
      return verdict(changes, await project.k3sVm(['reset', '--yes']), 0);
    },
  },
  {
    topic,
    title: "a reset deletes volumes of the user's that are called like the VM's",
    run: async (bench) => {
      const project = await bench.project();
      const volumes = ['shop-system.qcow2', 'shop-system.qcow2.backup-2026', 'shop-seed.iso'];
      const changes = await libvirt(bench, project, { volumes });
      await project.file('k3s-vm.yaml', 'name: shop\n');
      return verdict(changes, await project.k3sVm(['reset', '--yes']), 0);
    },
  },
  {
    topic,
    title: 'a setup overwrites a volume that has the name of its disk',
    run: async (bench) => {
      const project = await bench.project();
      const changes = await libvirt(bench, project, { volumes: ['shop-system.qcow2'] });
      await project.file('k3s-vm.yaml', 'name: shop\n');
      return verdict(changes, await project.k3sVm(['setup', '--dry-run']), 14);
    },
  },
];
export default attacks;
