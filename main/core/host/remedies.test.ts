import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parseOsRelease } from './distribution';
import { fakeFacts } from './fake-host';
import { packageCommands } from './packages';
import { remedy, type RemedyFor } from './remedies';
import { mergeNixOptions, nixFile } from './nix-module';
import * as recorded from './recorded/os-release';
import type { HostFacts } from './this-host';

const host = (changes: Partial<HostFacts> = {}): HostFacts => ({ ...fakeFacts, ...changes });
const on = {
  nixos: parseOsRelease(recorded.nixos),
  debian: parseOsRelease(recorded.debian12),
  ubuntu: parseOsRelease(recorded.ubuntu2404),
  mint: parseOsRelease(recorded.linuxMint),
  fedora: parseOsRelease(recorded.fedora),
  rocky: parseOsRelease(recorded.rocky9),
  arch: parseOsRelease(recorded.arch),
  tumbleweed: parseOsRelease(recorded.tumbleweed),
  leap: parseOsRelease(recorded.leap),
  alpine: parseOsRelease(recorded.alpine),
};
const commands = (what: RemedyFor, where: keyof typeof on, facts?: HostFacts): (string | undefined)[] =>
  remedy(what, on[where], facts ?? host()).map((hint) => hint.command);

describe('remedy', () => {
  it('gives NixOS users modules for their imports', () => {
    expect(commands('libvirt', 'nixos')).toEqual([
      '{ virtualisation.libvirtd.enable = true; security.polkit.enable = true; users.users.anna.extraGroups = [ "libvirtd" ]; }',
      'sudo nixos-rebuild switch',
      // Without either, meanwhile
      'nix-shell -p libvirt qemu_kvm',
      'k3s-vm setup --connection qemu:///session',
    ]);
    expect(commands('kubectl', 'nixos')[0]).toBe('({ pkgs, ... }: { environment.systemPackages = [ pkgs.kubectl ]; })');
    expect(commands('libvirt-group', 'nixos', host({ user: 'a.b' }))[0]).toContain('users.users."a.b".extraGroups');
  });

  const forNixos: readonly RemedyFor[] = [
    'libvirt',
    'qemu',
    'dnsmasq',
    'kubectl',
    'k9s',
    'ssh',
    'flock',
    'start-libvirt',
    'libvirt-group',
    'kvm',
    'kvm-group',
  ];
  const hasNix = spawnSync('nix-instantiate', ['--version']).status === 0;
  it.runIf(hasNix)('gives modules that Nix takes, all beside one that sets the same options', () => {
    // Names as they may be, and one that would be an expression
    const modules = ['anna', 'a.b', 'x${builtins.abort "ran"}', "it's"].flatMap((user) =>
      forNixos.flatMap((what) => {
        const snippets = remedy(what, on.nixos, host({ user })).filter(({ text }) =>
          text.includes('configuration.nix'),
        );
        expect(snippets.length, what).toBeGreaterThan(0);
        return snippets.map(({ command }) => command ?? '');
      }),
    );
    const configuration = `{ config, pkgs, ... }: {
      imports = [ ./hardware-configuration.nix ${modules.join('\n')} ];
      users.users.anna.extraGroups = [ "wheel" ];
      environment.systemPackages = with pkgs; [ git ];
    }`;
    const program = `let
        pkgs = { git = "git"; kubectl = "kubectl"; k9s = "k9s"; openssh = "openssh"; util-linux = "util-linux"; };
        module = (${configuration}) { inherit pkgs; config = { }; };
        of = m: if builtins.isFunction m then m { inherit pkgs; } else m;
      in map of (builtins.tail module.imports)`;
    const { stdout, stderr } = spawnSync(
      'nix-instantiate',
      ['--eval', '--strict', '--json', '--store', 'dummy://', '--expr', program],
      { encoding: 'utf8' },
    );
    expect(stderr).toBe('');
    const merged = JSON.parse(stdout) as { users?: { users: Record<string, { extraGroups: string[] }> } }[];
    expect(merged).toHaveLength(modules.length);
    const users = new Set(merged.flatMap((module) => Object.keys(module.users?.users ?? {})));
    expect(users).toEqual(new Set(['anna', 'a.b', 'x${builtins.abort "ran"}', "it's"]));
  });

  it('makes one module of all that NixOS lacks, each option once', () => {
    const all = (['libvirt', 'kubectl', 'ssh', 'libvirt-group', 'kvm', 'kvm-group'] as const).flatMap((what) =>
      remedy(what, on.nixos, host()),
    );
    const options = mergeNixOptions(all) ?? {};
    expect(nixFile(options)).toBe(
      [
        '{ pkgs, ... }:',
        '{',
        '  virtualisation.libvirtd.enable = true;',
        '  security.polkit.enable = true;',
        '  users.users.anna.extraGroups = [ "libvirtd" "kvm" ];',
        '  environment.systemPackages = [ pkgs.kubectl pkgs.openssh ];',
        '}',
      ].join('\n'),
    );
    expect(mergeNixOptions(remedy('libvirt', on.debian, host()))).toBeUndefined();
  });

  it.runIf(hasNix).each(['anna', 'a.b', 'x${builtins.abort "ran"}'])(
    'makes a module of it that Nix takes beside a usual configuration.nix, for %s',
    (user) => {
      const file = nixFile(mergeNixOptions(forNixos.flatMap((what) => remedy(what, on.nixos, host({ user })))) ?? {});
      const usual = `{ config, pkgs, ... }: {
        imports = [ ./hardware-configuration.nix ./k3s-vm.nix ];
        users.users.anna = { isNormalUser = true; extraGroups = [ "wheel" ]; };
        environment.systemPackages = with pkgs; [ git ];
      }`;
      for (const text of [file, usual]) {
        expect(spawnSync('nix-instantiate', ['--parse', '-E', text], { encoding: 'utf8' }).stderr).toBe('');
      }
      const program = `(${file}) { pkgs = { kubectl = "kubectl"; k9s = "k9s"; openssh = "openssh"; util-linux = "util-linux"; }; }`;
      const { stdout, stderr } = spawnSync(
        'nix-instantiate',
        ['--eval', '--strict', '--json', '--store', 'dummy://', '--expr', program],
        { encoding: 'utf8' },
      );
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toMatchObject({ users: { users: { [user]: { extraGroups: ['libvirtd', 'kvm'] } } } });
    },
  );

  it.each([
    ['debian', 'sudo apt-get install libvirt-daemon-system libvirt-clients dnsmasq-base qemu-system-x86 qemu-utils'],
    ['ubuntu', 'sudo apt-get install libvirt-daemon-system libvirt-clients dnsmasq-base qemu-system-x86 qemu-utils'],
    ['fedora', 'sudo dnf install libvirt-daemon-kvm libvirt-daemon-config-network libvirt-client qemu-img'],
    ['arch', 'sudo pacman -S --needed libvirt dnsmasq qemu-base qemu-img'],
    [
      'tumbleweed',
      'sudo zypper install libvirt-daemon-qemu libvirt-daemon-config-network libvirt-client qemu-x86 qemu-tools',
    ],
  ] as const)('installs libvirt on %s', (where, command) => {
    expect(commands('libvirt', where)).toEqual([command]);
  });

  it('names the QEMU of the architecture, and leaves sudo out for root', () => {
    expect(commands('qemu', 'debian', host({ arch: 'arm64', root: true }))).toEqual([
      'apt-get install qemu-system-arm qemu-utils',
    ]);
  });

  it('knows where kubectl and k9s come from', () => {
    expect(commands('kubectl', 'debian')[0]).toBe('sudo apt-get install kubernetes-client');
    expect(commands('kubectl', 'ubuntu')).toEqual(['sudo snap install kubectl --classic']);
    expect(commands('kubectl', 'fedora')).toEqual(['sudo dnf install /usr/bin/kubectl']);
    expect(commands('k9s', 'arch')).toEqual(['sudo pacman -S --needed k9s']);
    // Where there is no package there is a page and no command.
    for (const [what, where] of [
      ['kubectl', 'mint'],
      ['kubectl', 'rocky'],
      ['k9s', 'debian'],
      ['k9s', 'fedora'],
    ] as const) {
      expect(commands(what, where)).toEqual([undefined]);
      expect(remedy(what, on[where], host())[0]?.page).toContain('https://');
    }
  });

  it('joins the group that the distribution uses, and says that a new login is needed', () => {
    expect(commands('libvirt-group', 'debian')).toEqual(['sudo usermod -aG libvirt anna', 'newgrp libvirt']);
    expect(commands('new-login', 'nixos')).toEqual(['newgrp libvirtd']);
  });

  it.each([
    ['debian', 'sudo systemctl enable --now libvirtd'],
    ['arch', 'sudo systemctl enable --now libvirtd'],
    ['leap', 'sudo systemctl enable --now libvirtd'],
    ['fedora', 'sudo systemctl enable --now virtqemud.socket virtnetworkd.socket virtstoraged.socket'],
    ['rocky', 'sudo systemctl enable --now virtqemud.socket virtnetworkd.socket virtstoraged.socket'],
    ['tumbleweed', 'sudo systemctl enable --now virtqemud.socket virtnetworkd.socket virtstoraged.socket'],
    ['nixos', 'sudo systemctl start libvirtd'],
  ] as const)('starts libvirt on %s', (where, command) => {
    expect(commands('start-libvirt', where)[0]).toBe(command);
  });

  it('goes by the units that are there and enabled', () => {
    const enabled = '/etc/systemd/system/multi-user.target.wants/libvirtd.service';
    expect(commands('start-libvirt', 'fedora', host({ exists: (path) => path === enabled }))[0]).toContain('libvirtd');
    const there = '/usr/lib/systemd/system/virtqemud.socket';
    expect(commands('start-libvirt', 'leap', host({ exists: (path) => path === there }))[0]).toContain(
      'virtqemud.socket',
    );
  });

  it('starts libvirt without systemd', () => {
    expect(commands('start-libvirt', 'debian', host({ systemd: false, root: true }))).toEqual([
      'virtlogd -d; libvirtd -d',
    ]);
    expect(commands('start-libvirt', 'alpine', host({ systemd: false, openrc: true }))).toEqual([
      'sudo rc-service libvirtd start',
    ]);
  });

  it('has words for a distribution it does not know', () => {
    for (const what of [
      'libvirt',
      'qemu',
      'kubectl',
      'k9s',
      'ssh',
      'flock',
      'kvm',
      'kvm-group',
      'kvm-broken',
    ] as const) {
      expect(remedy(what, on.alpine, host()).length).toBeGreaterThan(0);
    }
  });
});

describe('packageCommands', () => {
  it('install everything in one that does not ask', () => {
    expect(
      packageCommands(['libvirt', 'ssh', 'kubectl'], on.debian, { yes: true, host: host() })[0]?.argv.join(' '),
    ).toBe(
      'apt-get install -y libvirt-daemon-system libvirt-clients dnsmasq-base qemu-system-x86 qemu-utils openssh-client kubernetes-client',
    );
    expect(packageCommands(['flock'], on.arch, { yes: true, host: host({ root: true }) })[0]?.argv).toEqual([
      'pacman',
      '-S',
      '--needed',
      '--noconfirm',
      'util-linux',
    ]);
  });

  it('have a second one for what only snap has', () => {
    expect(
      packageCommands(['ssh', 'kubectl'], on.ubuntu, { yes: true, host: host() }).map(({ argv }) => argv.join(' ')),
    ).toEqual(['apt-get install -y openssh-client', 'snap install kubectl --classic']);
  });

  it('are none where no command installs it', () => {
    expect(packageCommands(['libvirt'], on.nixos, { yes: true, host: host() })).toEqual([]);
    expect(packageCommands(['libvirt'], on.alpine, { yes: true, host: host() })).toEqual([]);
    expect(packageCommands(['k9s'], on.debian, { yes: true, host: host() })).toEqual([]);
  });
});
