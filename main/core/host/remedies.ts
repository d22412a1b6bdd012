/**
 * What to do about something that is missing, for each distribution: commands that can be pasted as they stand, and on
 * NixOS a module for the imports of configuration.nix.
 */
import type { NixOptions, Remedy } from '../errors/remedy';
import { operand, sh } from '../shell-quote';
import type { Distribution } from './distribution';
import { daemonServices, startDaemon } from './daemon-units';
import { mergeNixOptions, nixModule } from './nix-module';
import { packageCommands, type Packaged } from './packages';
import { asRoot, thisHost, type HostFacts } from './this-host';

export type RemedyFor =
  | Packaged
  | 'start-libvirt'
  | 'restart-libvirt'
  | 'libvirt-group'
  | 'new-login'
  /** There is no KVM device, though the CPU could. */
  | 'kvm'
  /** The CPU offers no virtualization. */
  | 'virtualization'
  | 'kvm-group'
  /** The device is there and cannot work. */
  | 'kvm-broken';

type Remedies = (on: Distribution, host: HostFacts) => readonly Remedy[];

/** Two commands, the second where the first fails. */
const either = (first: string, second: string): string => [first, second].join(' || ');

const rebuild = (host: HostFacts): Remedy => ({
  text: 'Then rebuild the system:',
  command: asRoot(host, 'nixos-rebuild switch'),
});

/**
 * What a NixOS user adds to the configuration.
 *
 * @param text what the module is for, where it is not simply missing
 */
export const nixHints = (
  host: HostFacts,
  options: NixOptions,
  text = 'Add this module to the imports in /etc/nixos/configuration.nix:',
): readonly Remedy[] =>
  Object.keys(options).length === 0 ? [] : [{ text, command: nixModule(options), nixos: options }, rebuild(host)];

/** A text as a Nix string, in which `${` would begin an expression. */
const nixString = (text: string): string => JSON.stringify(text).replaceAll('${', '\\${');

/** A user name as a Nix attribute. https://nix.dev/manual/nix/latest/language/identifiers */
const nixName = (name: string): string => (/^[A-Za-z_][\w'-]*$/.test(name) ? name : nixString(name));
const nixGroup = (host: HostFacts, group: string): NixOptions =>
  host.root ? {} : { [`users.users.${nixName(host.user)}.extraGroups`]: [nixString(group)] };
/** NixOS' libvirtd is for configurations with polkit alone. */
const nixLibvirt: NixOptions = { 'virtualisation.libvirtd.enable': true, 'security.polkit.enable': true };

/** The group whose members may use qemu:///system. */
export const libvirtGroup = (on: Distribution): 'libvirt' | 'libvirtd' => (on.id === 'nixos' ? 'libvirtd' : 'libvirt');

const newLogin = (group: string): readonly Remedy[] => [
  {
    text: 'Log out and in again for the new group to take effect. For one shell only:',
    command: sh`newgrp ${group}`,
  },
];

/** Where a package is not to be had. */
const upstream: Readonly<Partial<Record<Packaged, Remedy>>> = {
  kubectl: {
    text: 'Install it as the Kubernetes documentation describes.',
    page: 'https://kubernetes.io/docs/tasks/tools/install-kubectl-linux/',
  },
  k9s: { text: 'Install it as its documentation describes.', page: 'https://k9scli.io/topics/install/' },
};

const generic: Readonly<Record<Packaged, string>> = {
  libvirt: 'Install libvirt (its daemon, virsh, dnsmasq) and QEMU with your package manager.',
  qemu: 'Install QEMU for this machine and qemu-img with your package manager.',
  dnsmasq: 'Install dnsmasq with your package manager.',
  kubectl: 'Install kubectl with your package manager.',
  k9s: 'Install k9s with your package manager.',
  ssh: 'Install the OpenSSH client (ssh, ssh-keygen) with your package manager.',
  flock: 'Install flock, a part of util-linux, with your package manager.',
};

/** Packages of nixpkgs. */
const nixPackages: Readonly<Record<Packaged, readonly string[]>> = {
  libvirt: ['libvirt', 'qemu_kvm'],
  qemu: ['qemu_kvm'],
  dnsmasq: ['dnsmasq'],
  kubectl: ['kubectl'],
  k9s: ['k9s'],
  ssh: ['openssh'],
  flock: ['util-linux'],
};

const nixInstalled = (what: Packaged): NixOptions => ({
  'environment.systemPackages': nixPackages[what].map((name) => `pkgs.${name}`),
});

const nixOption: Readonly<Record<Packaged, (host: HostFacts) => NixOptions>> = {
  libvirt: (host) => ({ ...nixLibvirt, ...nixGroup(host, 'libvirtd') }),
  qemu: () => nixLibvirt,
  dnsmasq: () => nixLibvirt,
  kubectl: () => nixInstalled('kubectl'),
  k9s: () => nixInstalled('k9s'),
  ssh: () => nixInstalled('ssh'),
  flock: () => nixInstalled('flock'),
};

/** What needs neither root nor a new configuration. */
function nixMeanwhile(what: readonly Packaged[]): readonly Remedy[] {
  const packages = [...new Set(what.flatMap((thing) => nixPackages[thing]))];
  const flakes = packages.map((name) => `nixpkgs#${name}`).join(' ');
  return [
    {
      text: `Until then, or instead: a shell with these tools, which needs no root (with flakes: nix shell ${flakes}):`,
      command: sh`nix-shell -p ${packages}`,
    },
    { text: 'In that shell:', command: 'k3s-vm setup --connection qemu:///session' },
  ];
}

function install(what: Packaged): Remedies {
  return (on, host) => {
    if (on.id === 'nixos') {
      return [...nixHints(host, nixOption[what](host)), ...(what === 'libvirt' ? nixMeanwhile([what]) : [])];
    }
    const commands = packageCommands([what], on, { host });
    const hints: Remedy[] = commands.map(({ argv }) => ({ text: 'Install it:', command: asRoot(host, sh`${argv}`) }));
    const page = upstream[what];
    if (hints.length > 0) {
      // Debian 12 has kubectl 1.20, which newer servers answer only in part.
      const old = what === 'kubectl' && on.ids[0] === 'debian' && Number.parseInt(on.version, 10) < 13;
      return old && page !== undefined
        ? [...hints, { ...page, text: `${page.text} Debian's package is from 2021.` }]
        : hints;
    }
    return page === undefined || on.id === 'unknown' ? [{ text: generic[what] }, ...(page ? [page] : [])] : [page];
  };
}

const startCommand = (on: Distribution, host: HostFacts): string =>
  startDaemon(on, host)
    .map((argv) => asRoot(host, sh`${argv}`))
    .join('; ');

const restartCommand = (on: Distribution, host: HostFacts): string => {
  if (host.systemd) return asRoot(host, sh`systemctl restart ${daemonServices(on, host)}`);
  if (host.openrc) return asRoot(host, 'rc-service libvirtd restart');
  // The pid file is libvirtd's default.
  return `${asRoot(host, 'kill "$(cat /run/libvirtd.pid)"')}; ${asRoot(host, 'libvirtd -d')}`;
};

const remedies: Readonly<Record<RemedyFor, Remedies>> = {
  libvirt: install('libvirt'),
  qemu: install('qemu'),
  dnsmasq: install('dnsmasq'),
  kubectl: install('kubectl'),
  k9s: install('k9s'),
  ssh: install('ssh'),
  flock: install('flock'),
  'start-libvirt': (on, host) => [
    { text: 'Start libvirt:', command: startCommand(on, host) },
    ...(on.id === 'nixos'
      ? nixHints(
          host,
          nixOption.libvirt(host),
          'If there is no such unit, add this module to the imports in /etc/nixos/configuration.nix:',
        )
      : []),
  ],
  'restart-libvirt': (on, host) => [
    { text: 'Restart libvirt (running VMs keep running):', command: restartCommand(on, host) },
  ],
  'libvirt-group': (on, host) => {
    const group = libvirtGroup(on);
    const join =
      on.id === 'nixos'
        ? nixHints(host, nixOption.libvirt(host))
        : [
            {
              text: `Join the group "${group}":`,
              command: asRoot(host, sh`usermod -aG ${group} ${operand(host.user)}`),
            },
          ];
    return [...join, ...newLogin(group)];
  },
  'new-login': (on) => newLogin(libvirtGroup(on)),
  kvm: (on, host) => [
    ...remedies.virtualization(on, host),
    ...(host.arch === 'arm64'
      ? []
      : on.id === 'nixos'
        ? // Not among what the doctor makes one module of: a module that cannot be loaded fails at every boot
          nixHints(
            host,
            { 'boot.kernelModules': ['"kvm-intel"', '"kvm-amd"'] },
            'If it is enabled, add this module to the imports in /etc/nixos/configuration.nix:',
          ).map(({ text, command = '' }) => ({ text, command }))
        : [
            {
              text: 'If it is enabled, load the module:',
              command: either(asRoot(host, 'modprobe kvm_intel'), asRoot(host, 'modprobe kvm_amd')),
            },
          ]),
  ],
  virtualization: (_on, host) => [
    {
      text:
        host.arch === 'arm64'
          ? 'KVM needs a kernel that supports it and was booted at EL2. Most cloud machines do not offer that.'
          : 'Enable virtualization (VT-x, AMD-V, SVM) in the firmware. If this machine is a VM, enable nested virtualization on its host.',
    },
  ],
  'kvm-group': (on, host) => [
    ...(on.id === 'nixos'
      ? nixHints(host, nixGroup(host, 'kvm'))
      : [{ text: 'Join the group "kvm":', command: asRoot(host, sh`usermod -aG kvm ${operand(host.user)}`) }]),
    ...newLogin('kvm'),
  ],
  'kvm-broken': (on, host) => [
    {
      text: 'Disable the KVM device until the next boot, so that libvirt stops probing it:',
      command: either(asRoot(host, 'modprobe -r kvm_intel kvm_amd kvm'), asRoot(host, 'mv /dev/kvm /dev/kvm.disabled')),
    },
    ...remedies['restart-libvirt'](on, host),
    ...remedies.virtualization(on, host),
  ],
};

/**
 * What to do, in order.
 *
 * @param what what is missing or wrong
 * @param on the distribution
 * @param host facts that decide the spelling; this machine's by default
 */
export function remedy(what: RemedyFor, on: Distribution, host: HostFacts = thisHost()): readonly Remedy[] {
  return remedies[what](on, host);
}

/**
 * How to install several things at once.
 *
 * @param what at least one thing
 * @param on the distribution
 * @param host facts that decide the spelling; this machine's by default
 */
export function howToInstall(
  what: readonly Packaged[],
  on: Distribution,
  host: HostFacts = thisHost(),
): readonly Remedy[] {
  if (on.id === 'nixos') {
    const options = mergeNixOptions(what.map((thing) => ({ text: '', nixos: nixOption[thing](host) })));
    return [...nixHints(host, options ?? {}), ...nixMeanwhile(what)];
  }
  const commands = packageCommands(what, on, { yes: true, lists: 'old', host }).map(({ argv }) => sh`${argv}`);
  if (commands.length === 0) return what.flatMap((thing) => remedy(thing, on, host));
  if (!host.root && host.privilege === 'su') {
    return [
      { text: 'Install what is missing, as root:', command: asRoot(host, commands.join(' && ')) },
      { text: 'Then:', command: 'k3s-vm setup' },
    ];
  }
  return [
    { text: 'Install what is missing, and set up:', command: 'k3s-vm setup --install-deps --yes' },
    {
      text: 'Or install it yourself:',
      command: commands.map((command) => asRoot(host, command)).join(' && '),
    },
  ];
}
