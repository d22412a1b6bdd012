/**
 * What a distribution calls the packages we need, and the command that installs them.
 */
import type { Distribution, DistributionId } from './distribution';
import { thisHost, type HostFacts } from './this-host';

/** Things that come in packages. */
export type Packaged = 'libvirt' | 'qemu' | 'kubectl' | 'k9s' | 'ssh' | 'flock' | 'dnsmasq';

type Names = Readonly<Record<Packaged, readonly string[]>>;

const qemu = (host: HostFacts, x86: string, arm: string): string => (host.arch === 'arm64' ? arm : x86);

/**
 * Ubuntu and its derivatives have no kubectl among their packages; RHEL's have none, either. k9s is packaged by Arch,
 * openSUSE and NixOS only (https://k9scli.io/topics/install/).
 */
const names: Readonly<
  Record<Exclude<DistributionId, 'nixos' | 'unknown'>, (on: Distribution, host: HostFacts) => Names>
> = {
  debian: (on, host) => {
    // qemu-system-arm also carries qemu-system-aarch64.
    const emulator = [qemu(host, 'qemu-system-x86', 'qemu-system-arm'), 'qemu-utils'];
    return {
      // dnsmasq-base, without which no network starts, is only recommended by libvirt's packages.
      libvirt: ['libvirt-daemon-system', 'libvirt-clients', 'dnsmasq-base', ...emulator],
      qemu: emulator,
      dnsmasq: ['dnsmasq-base'],
      kubectl: on.ids.includes('ubuntu') ? [] : ['kubernetes-client'],
      k9s: [],
      ssh: ['openssh-client'],
      flock: ['util-linux'],
    };
  },
  fedora: (on) => ({
    libvirt: ['libvirt-daemon-kvm', 'libvirt-daemon-config-network', 'libvirt-client', 'qemu-img'],
    qemu: ['qemu-kvm', 'qemu-img'],
    dnsmasq: ['dnsmasq'],
    // Since Fedora 41 the package carries Kubernetes' version in its name; the file it installs has none.
    // https://fedoraproject.org/wiki/Changes/VersionedKubernetesPackages
    kubectl: on.ids.includes('rhel') || on.ids.includes('centos') ? [] : ['/usr/bin/kubectl'],
    k9s: [],
    ssh: ['openssh-clients'],
    flock: ['util-linux'],
  }),
  arch: (_on, host) => {
    const emulator = [qemu(host, 'qemu-base', 'qemu-system-aarch64'), 'qemu-img'];
    return {
      libvirt: ['libvirt', 'dnsmasq', ...emulator],
      qemu: emulator,
      dnsmasq: ['dnsmasq'],
      kubectl: ['kubectl'],
      k9s: ['k9s'],
      ssh: ['openssh'],
      flock: ['util-linux'],
    };
  },
  opensuse: (_on, host) => {
    const emulator = [qemu(host, 'qemu-x86', 'qemu-arm'), 'qemu-tools'];
    return {
      libvirt: ['libvirt-daemon-qemu', 'libvirt-daemon-config-network', 'libvirt-client', ...emulator],
      qemu: emulator,
      dnsmasq: ['dnsmasq'],
      kubectl: ['kubernetes-client'],
      k9s: ['k9s'],
      ssh: ['openssh-clients'],
      flock: ['util-linux'],
    };
  },
};

const managers: Readonly<
  Record<keyof typeof names, { readonly ask: readonly string[]; readonly yes: readonly string[] }>
> = {
  debian: { ask: ['apt-get', 'install'], yes: ['apt-get', 'install', '-y'] },
  fedora: { ask: ['dnf', 'install'], yes: ['dnf', 'install', '-y'] },
  // Never -Sy: a partial upgrade breaks Arch. https://wiki.archlinux.org/title/System_maintenance
  arch: { ask: ['pacman', '-S', '--needed'], yes: ['pacman', '-S', '--needed', '--noconfirm'] },
  opensuse: { ask: ['zypper', 'install'], yes: ['zypper', '--non-interactive', 'install'] },
};

/** Whether the distribution is Ubuntu itself, which has snap; derivatives such as Linux Mint shut it out. */
const hasSnap = (on: Distribution): boolean => on.ids[0] === 'ubuntu';

/**
 * The commands that install things: the package manager's, and snap's for what only snap has.
 *
 * @param what things to install; those that the distribution does not package are left out
 * @param options.yes the package manager does not ask back
 * @returns one argv a command, with sudo unless we are root; [] where packages are not installed by commands (NixOS) or
 *   the distribution is unknown
 */
export function packageCommands(
  what: readonly Packaged[],
  on: Distribution,
  options: { readonly yes?: boolean; readonly host?: HostFacts } = {},
): readonly (readonly string[])[] {
  if (on.id === 'nixos' || on.id === 'unknown') return [];
  const host = options.host ?? thisHost();
  const sudo = host.root ? [] : ['sudo'];
  const table = names[on.id](on, host);
  const packages = [...new Set(what.flatMap((thing) => table[thing]))];
  const manager = managers[on.id][options.yes === true ? 'yes' : 'ask'];
  const commands: string[][] = [];
  if (packages.length > 0) commands.push([...sudo, ...manager, ...packages]);
  if (what.includes('kubectl') && hasSnap(on)) commands.push([...sudo, 'snap', 'install', 'kubectl', '--classic']);
  return commands;
}
