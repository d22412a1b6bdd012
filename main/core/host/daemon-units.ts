/**
 * How libvirt's daemon is started here: libvirtd for everything, or one daemon a driver.
 * https://libvirt.org/daemons.html
 */
import type { Distribution } from './distribution';
import type { HostFacts } from './this-host';

export type DaemonStyle = 'monolithic' | 'modular';

/** Units that a VM with a disk and a network needs. The sockets start the daemons on demand. */
const units: Readonly<Record<DaemonStyle, readonly string[]>> = {
  monolithic: ['libvirtd.service'],
  modular: ['virtqemud.socket', 'virtnetworkd.socket', 'virtstoraged.socket'],
};

const unitFolders = ['/etc/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system'];
const isThere = (host: HostFacts, unit: string): boolean =>
  unitFolders.some((folder) => host.exists(`${folder}/${unit}`));
const isEnabled = (host: HostFacts, unit: string): boolean =>
  ['multi-user', 'sockets'].some((target) => host.exists(`/etc/systemd/system/${target}.target.wants/${unit}`));

/**
 * Which of the two is in use. What is enabled decides, then what is installed, then what the distribution does:
 * Fedora since 35 (https://fedoraproject.org/wiki/Changes/LibvirtModularDaemons), RHEL since 9 and Tumbleweed are
 * modular, everybody else is not.
 */
function daemonStyle(on: Distribution, host: HostFacts): DaemonStyle {
  if (['libvirtd.service', 'libvirtd.socket'].some((unit) => isEnabled(host, unit))) return 'monolithic';
  if (['virtqemud.socket', 'virtqemud.service'].some((unit) => isEnabled(host, unit))) return 'modular';
  const [old, fresh] = [isThere(host, 'libvirtd.service'), isThere(host, 'virtqemud.socket')];
  if (old !== fresh) return old ? 'monolithic' : 'modular';
  return modularByDefault(on) ? 'modular' : 'monolithic';
}

function modularByDefault(on: Distribution): boolean {
  const major = Number.parseInt(on.version, 10);
  if (on.id === 'fedora') return on.ids[0] === 'fedora' ? !(major < 35) : !(major < 9);
  return on.id === 'opensuse' && on.ids[0] === 'opensuse-tumbleweed';
}

/** Names of the systemd units to enable and start. */
const daemonUnits = (on: Distribution, host: HostFacts): readonly string[] => units[daemonStyle(on, host)];

/** Whether those units are installed at all. */
export const unitsInstalled = (on: Distribution, host: HostFacts): boolean =>
  daemonUnits(on, host).every((unit) => isThere(host, unit));

/**
 * The services to restart when a daemon has to look at the machine again. A running guest survives that.
 */
export const daemonServices = (on: Distribution, host: HostFacts): readonly string[] =>
  daemonStyle(on, host) === 'modular' ? ['virtqemud.service'] : ['libvirtd.service'];

/**
 * The commands that start libvirt, now and at every boot, for root.
 *
 * @returns one argv a command. Without an init that we know, libvirtd and the log daemon, which has to be there first.
 */
export function startDaemon(on: Distribution, host: HostFacts): readonly (readonly string[])[] {
  if (host.systemd) {
    const units = daemonUnits(on, host).map((unit) => unit.replace(/\.service$/, ''));
    // NixOS keeps /etc/systemd read-only: what is enabled is decided by its configuration.
    return [['systemctl', ...(on.id === 'nixos' ? ['start'] : ['enable', '--now']), ...units]];
  }
  if (host.openrc) return [['rc-service', 'libvirtd', 'start']];
  return [
    ['virtlogd', '-d'],
    ['libvirtd', '-d'],
  ];
}
