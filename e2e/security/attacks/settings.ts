/**
 * A cloned repository's k3s-vm.yaml.
 */
import type { Attack } from '../attack';

const attacks: readonly Attack[] = [
  {
    topic: 'settings',
    title: 'k3s-vm.yaml names a program as the way to libvirt',
    run: async (bench) => {
      const project = await bench.project();
      await project.file('x.sh', bench.planted, 0o755);
      await project.file('k3s-vm.yaml', 'connection: "qemu+ext:///system?command=./x.sh"\n');
      const { exitCode, stderr } = await project.k3sVm(['status']);
      return { held: !bench.ran() && exitCode === 2, evidence: `exit ${exitCode}: ${stderr.trim().split('\n')[0]}` };
    },
  },
];
export default attacks;
