/**
 * What a distribution calls the packages we need, and the command that installs them.
 */
import type { Distribution, DistributionId } from './distribution';
import type { Machine } from './machine';
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

/** How a family's package manager is called. */
interface Manager {
  readonly ask: readonly string[];
  readonly yes: readonly string[];
  /** Where it keeps its lists of packages, and what a list is called there; left out where it downloads them itself. */
  readonly lists?: { readonly folder: string; readonly name: RegExp };
  /** Downloads the lists. */
  readonly refresh?: readonly string[];
  /** Instead of `yes`, where there are no lists. */
  readonly first?: readonly string[];
}

const managers: Readonly<Record<keyof typeof names, Manager>> = {
  debian: {
    ask: ['apt-get', 'install'],
    yes: ['apt-get', 'install', '-y'],
    lists: { folder: '/var/lib/apt/lists', name: /_Packages(\.\w+)?$/ },
    refresh: ['apt-get', 'update'],
  },
  fedora: { ask: ['dnf', 'install'], yes: ['dnf', 'install', '-y'] },
  // Never -Sy: a partial upgrade breaks Arch. https://wiki.archlinux.org/title/System_maintenance
  arch: {
    ask: ['pacman', '-S', '--needed'],
    yes: ['pacman', '-S', '--needed', '--noconfirm'],
    lists: { folder: '/var/lib/pacman/sync', name: /\.db$/ },
    first: ['pacman', '-Syu', '--needed', '--noconfirm'],
  },
  opensuse: { ask: ['zypper', 'install'], yes: ['zypper', '--non-interactive', 'install'] },
};

/** The state of the package manager's lists: `missing` on a machine that was just installed from an image. */
export type PackageLists = 'fresh' | 'old' | 'missing';

/** As often as APT's own timer downloads them: a package of an older list may be gone from the server. */
const oldAfterMs = 24 * 3_600_000;

/** Whether the package manager knows what there is to install. */
export async function packageLists({ on, folder }: Pick<Machine, 'on' | 'folder'>): Promise<PackageLists> {
  const lists = on.id === 'nixos' || on.id === 'unknown' ? undefined : managers[on.id].lists;
  if (lists === undefined) return 'fresh';
  // APT downloads into `partial`, which therefore changes even where all lists stay as they are
  const [found, partial] = await Promise.all([folder(lists.folder), folder(`${lists.folder}/partial`)]);
  if (found?.names.some((name) => lists.name.test(name)) !== true) return 'missing';
  const oldAt = Math.max(found.changedAt, partial?.changedAt ?? 0) + oldAfterMs;
  return new Date(oldAt) < new Date() ? 'old' : 'fresh';
}

/** Whether the distribution is Ubuntu itself, which has snap; derivatives such as Linux Mint shut it out. */
const hasSnap = (on: Distribution): boolean => on.ids[0] === 'ubuntu';

/** A command for root. */
export interface RootCommand {
  readonly argv: readonly string[];
  /** Whatever comes after it is tried even when it fails. */
  readonly optional?: true;
}

/**
 * The commands that install things: the package manager's, and snap's for what only snap has.
 *
 * @param what things to install; those that the distribution does not package are left out
 * @param options.yes the package manager does not ask back
 * @param options.lists the state of its lists, which are downloaded first where they need it. Default `fresh`
 * @returns the commands, without sudo; [] where packages are not installed by commands (NixOS) or the distribution is
 *   unknown
 */
export function packageCommands(
  what: readonly Packaged[],
  on: Distribution,
  options: { readonly yes?: boolean; readonly lists?: PackageLists; readonly host?: HostFacts } = {},
): readonly RootCommand[] {
  if (on.id === 'nixos' || on.id === 'unknown') return [];
  const { lists = 'fresh', host = thisHost() } = options;
  const table = names[on.id](on, host);
  const packages = [...new Set(what.flatMap((thing) => table[thing]))];
  const { ask, yes, refresh, first = yes } = managers[on.id];
  const install = lists === 'missing' ? first : yes;
  const commands: RootCommand[] = [];
  if (packages.length > 0) {
    // A third party's list that cannot be read does not keep the others from being used
    const useful = lists === 'old' ? { optional: true as const } : {};
    if (refresh !== undefined && lists !== 'fresh') commands.push({ argv: refresh, ...useful });
    commands.push({ argv: [...(options.yes === true ? install : ask), ...packages] });
  }
  if (what.includes('kubectl') && hasSnap(on)) {
    commands.push({ argv: ['snap', 'install', 'kubectl', '--classic'], optional: true });
  }
  return commands;
}
