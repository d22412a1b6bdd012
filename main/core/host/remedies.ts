/**
 * What to do about something that is missing, for each distribution: commands that can be pasted as they stand, and on
 * NixOS a module for the imports of configuration.nix.
 */
import type { NixOptions, Remedy } from '../errors/remedy';
import { operand, sh } from '../shell-quote';
import type { Distribution } from './distribution';
import { daemonServices, daemonUnits } from './daemon-units';
import { nixModule } from './nix-module';
import { packageCommands, type Packaged } from './packages';
import { thisHost, type HostFacts } from './this-host';

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

const sudo = (host: HostFacts, command: string): string => (host.root ? command : `sudo ${command}`);

/** Two commands, the second where the first fails. */
const either = (first: string, second: string): string => [first, second].join(' || ');

const rebuild = (host: HostFacts): Remedy => ({
  text: 'Then rebuild the system:',
  command: sudo(host, 'nixos-rebuild switch'),
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
const nixPackage = (name: string): NixOptions => ({ 'environment.systemPackages': [`pkgs.${name}`] });
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

const nixOption: Readonly<Record<Packaged, (host: HostFacts) => NixOptions>> = {
  libvirt: (host) => ({ ...nixLibvirt, ...nixGroup(host, 'libvirtd') }),
  qemu: () => nixLibvirt,
  dnsmasq: () => nixLibvirt,
  kubectl: () => nixPackage('kubectl'),
  k9s: () => nixPackage('k9s'),
  ssh: () => nixPackage('openssh'),
  flock: () => nixPackage('util-linux'),
};

/** What needs neither root nor a new configuration. */
const nixMeanwhile: readonly Remedy[] = [
  {
    text: 'Until then, or instead: a shell with libvirt and QEMU, which needs no root:',
    command: 'nix-shell -p libvirt qemu_kvm',
  },
  { text: 'In that shell:', command: 'k3s-vm setup --connection qemu:///session' },
];

function install(what: Packaged): Remedies {
  return (on, host) => {
    if (on.id === 'nixos') {
      return [...nixHints(host, nixOption[what](host)), ...(what === 'libvirt' ? nixMeanwhile : [])];
    }
    const commands = packageCommands([what], on, { host });
    const hints: Remedy[] = commands.map((argv) => ({ text: 'Install it:', command: sh`${argv}` }));
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

const daemonCommand = (on: Distribution, host: HostFacts, verb: 'start' | 'restart'): string => {
  if (host.systemd) {
    if (verb === 'restart') return sudo(host, sh`systemctl restart ${daemonServices(on, host)}`);
    const units = daemonUnits(on, host).map((unit) => unit.replace(/\.service$/, ''));
    // NixOS keeps /etc/systemd read-only: what is enabled is decided by its configuration.
    return sudo(host, sh`systemctl ${on.id === 'nixos' ? ['start'] : ['enable', '--now']} ${units}`);
  }
  if (host.openrc) return sudo(host, sh`rc-service libvirtd ${verb}`);
  // By hand, the log daemon has to be there first. The pid file is libvirtd's default.
  const first = verb === 'start' ? sudo(host, 'virtlogd -d') : sudo(host, 'kill "$(cat /run/libvirtd.pid)"');
  return `${first}; ${sudo(host, 'libvirtd -d')}`;
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
    { text: 'Start libvirt:', command: daemonCommand(on, host, 'start') },
    ...(on.id === 'nixos'
      ? nixHints(
          host,
          nixOption.libvirt(host),
          'If there is no such unit, add this module to the imports in /etc/nixos/configuration.nix:',
        )
      : []),
  ],
  'restart-libvirt': (on, host) => [
    { text: 'Restart libvirt (running VMs keep running):', command: daemonCommand(on, host, 'restart') },
  ],
  'libvirt-group': (on, host) => {
    const group = libvirtGroup(on);
    const join =
      on.id === 'nixos'
        ? nixHints(host, nixOption.libvirt(host))
        : [{ text: `Join the group "${group}":`, command: sudo(host, sh`usermod -aG ${group} ${operand(host.user)}`) }];
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
              command: either(sudo(host, 'modprobe kvm_intel'), sudo(host, 'modprobe kvm_amd')),
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
      : [{ text: 'Join the group "kvm":', command: sudo(host, sh`usermod -aG kvm ${operand(host.user)}`) }]),
    ...newLogin('kvm'),
  ],
  'kvm-broken': (on, host) => [
    {
      text: 'Disable the KVM device until the next boot, so that libvirt stops probing it:',
      command: either(sudo(host, 'modprobe -r kvm_intel kvm_amd kvm'), sudo(host, 'mv /dev/kvm /dev/kvm.disabled')),
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
