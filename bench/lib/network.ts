/**
 * The network that VMs are measured on.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { virsh } from '../../e2e/harness/host-state';
import type { BenchVm } from './vm';

const bridge = /<bridge [^>]*>/;

/**
 * Does something on a network `default` as `doctor --fix` leaves it: without STP. libvirt's own has every VM wait for 4 s.
 * Afterwards the network is defined as it was; it takes that on when it is started next.
 */
export async function withNetworkAsDoctorLeavesIt(
  { k3sVm, project }: BenchVm,
  work: () => Promise<void>,
): Promise<void> {
  const definition = (): Promise<string> => virsh(['net-dumpxml', 'default', '--inactive']);
  const [before = ''] = bridge.exec(await definition()) ?? [];
  try {
    await k3sVm('doctor', '--fix');
    await work();
  } finally {
    const file = join(project.home, 'network.xml');
    await writeFile(file, (await definition()).replace(bridge, before));
    await virsh(['net-define', file]);
  }
}
