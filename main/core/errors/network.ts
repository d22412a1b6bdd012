/**
 * The libvirt network, and the VM's address in it.
 */
import { operand, sh } from '../shell-quote';
import { entry, exitStatus } from './entry';
import { run } from './remedy';

const { host, resources, conflict } = exitStatus;

export const networkErrors = {
  NETWORK_MISSING: entry<{ network: string }>(
    host,
    (p) => `libvirt has no network named "${p.network}".`,
    (p) => [
      p.network === 'default'
        ? run('k3s-vm doctor --fix', 'Define and start the network "default":', 'define-default-network')
        : run('virsh -c qemu:///system net-list --all', 'List the networks:'),
    ],
  ),
  NETWORK_INACTIVE: entry<{ network: string; uri: string }>(
    host,
    (p) => `The libvirt network "${p.network}" is not active.`,
    (p) => [
      run('k3s-vm doctor --fix', `Start the network "${p.network}", now and at every boot:`, 'start-network'),
      run(sh`virsh -c ${p.uri} net-start ${operand(p.network)}`, 'Or by hand:'),
    ],
  ),
  /** `own`: k3s-vm made it. `moveTo`: the free subnet that it can be moved to now, as no VM is on it. */
  NETWORK_COLLISION: entry<{
    network: string;
    subnet?: string;
    other: string;
    uri: string;
    own?: boolean;
    moveTo?: string;
  }>(
    host,
    (p) =>
      `The subnet ${p.subnet === undefined ? '' : `${p.subnet} `}of the libvirt network "${p.network}" collides with ${p.other}.`,
    (p) => [
      ...(p.moveTo !== undefined
        ? [
            run(
              'k3s-vm doctor --fix',
              `Move the network "${p.network}" to ${p.moveTo}; its VMs get new addresses when they start next:`,
              'move-network',
            ),
          ]
        : p.own === true
          ? [
              run('k3s-vm list', 'Stop the VMs that use it (k3s-vm stop in their projects):'),
              run(
                'k3s-vm doctor --fix',
                'Then move the network to a free subnet; its VMs get new addresses when they start next:',
              ),
            ]
          : [
              run(
                sh`virsh -c ${p.uri} net-edit ${operand(p.network)}`,
                'Give the network another subnet (then net-destroy and net-start it):',
              ),
            ]),
      run('k3s-vm setup --connection qemu:///session', 'Or use user-mode networking, which needs no subnet:'),
    ],
  ),
  NETWORK_UNSUITABLE: entry<{ network: string; why: string }>(
    host,
    (p) => `The libvirt network "${p.network}" cannot be used: ${p.why}.`,
    () => [{ text: 'Choose a NAT or routed network with an IPv4 subnet and DHCP in the setting "network".' }],
  ),
  NETWORK_IN_USE: entry<{ network: string; connections: number }>(
    conflict,
    (p) => `The libvirt network "${p.network}" cannot be changed while running VMs use it (${p.connections}).`,
    () => [run('k3s-vm list', 'See which VMs run (stop them with k3s-vm stop in their projects):')],
  ),
  ADDRESS_STRANDED: entry<{
    name: string;
    address: string;
    network: string;
    subnet: string;
    uri: string;
    /** Suspended: its memory holds the old address. Otherwise its guest reads its address only at its first boot. */
    suspended: boolean;
  }>(
    host,
    (p) =>
      `The VM "${p.name}" has the address ${p.address}, but the libvirt network "${p.network}" is now ${p.subnet}. The VM would be unreachable.`,
    (p) =>
      p.suspended
        ? [run('k3s-vm start --discard-saved', 'Boot it instead of resuming it, so that it gets a new address:')]
        : [
            run(
              sh`virsh -c ${p.uri} net-edit ${operand(p.network)}`,
              `Give the network a subnet that contains ${p.address} again (then net-destroy and net-start it):`,
            ),
            run('k3s-vm reset --recreate', 'Or start over with a fresh VM (this deletes the cluster):'),
          ],
  ),
  ADDRESS_POOL_FULL: entry<{ network: string }>(
    resources,
    (p) => `The libvirt network "${p.network}" has no free address left.`,
    (p) => [run(sh`virsh -c qemu:///system net-edit ${operand(p.network)}`, 'Widen its DHCP range:')],
  ),
};
