import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseOsRelease } from '../core/host/distribution';
import { fakeMachine, type FakeMachine } from '../core/host/fake-host';
import type { Machine } from '../core/host/machine';
import * as recorded from '../core/host/recorded/os-release';
import type { HostFacts } from '../core/host/this-host';
import type { RunResult } from '../core/process';
import { idleInterrupt, runFake, type Ran, type RunOptions } from './fake-cluster';

let project: string;
beforeEach(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), 'k3s-vm-')));
});
afterEach(() => rmSync(project, { recursive: true }));

const setup = (machine: Machine, args: readonly string[] = [], options: Partial<RunOptions> = {}): Promise<Ran> =>
  runFake(['setup', ...args], { cwd: project, machine, ...options });
/** Somebody at a terminal, who types this. */
const typing = (input: string): Partial<RunOptions> => ({ columns: 100, input });

interface Bare {
  readonly on?: keyof typeof recorded;
  readonly facts?: Partial<HostFacts>;
  /** Programs that are there. */
  readonly has?: readonly string[];
  readonly lists?: 'fresh' | 'old' | 'missing';
  /** What a command says and ends with; 0 by default. */
  readonly says?: (command: string) => readonly [exitCode: number, text: string] | undefined;
}

const day = 24 * 3_600_000;

/** A machine that lacks everything but what it is said to have. */
function bare({ on = 'debian12', facts = {}, has = ['flock'], lists = 'missing', says }: Bare = {}): FakeMachine {
  const base = fakeMachine();
  const ran: string[] = [];
  const result = (exitCode: number, text: string): RunResult => ({
    stdout: '',
    stderr: text,
    exitCode,
    timedOut: false,
    notFound: false,
    durationMs: 1,
  });
  return {
    ...base,
    ran,
    on: parseOsRelease(recorded[on]),
    facts: { ...base.facts, exists: () => false, ...facts },
    groups: [1000],
    readFile: () => Promise.resolve('root:x:0:\n'),
    find: (names) => Promise.resolve(names.find((name) => has.includes(name))),
    folder: () =>
      Promise.resolve({
        names: lists === 'missing' ? ['lock', 'partial'] : ['deb.debian.org_Packages', 'core.db'],
        changedAt: Date.now() - (lists === 'old' ? 2 : 0) * day,
      }),
    run: (argv, _signal, options) => {
      const command = argv.join(' ');
      ran.push(command);
      const [exitCode, text] = says?.(command) ?? [0, ''];
      for (const line of text.split('\n')) options?.onLine?.(line);
      return Promise.resolve(result(exitCode, text));
    },
    runOnTerminal: (argv) => {
      ran.push(argv.join(' '));
      return Promise.resolve(result(7, ''));
    },
  };
}

const systemIsClosed = (command: string): readonly [number, string] | undefined =>
  command.startsWith('sh -c virsh') ? [1, 'error: authentication unavailable: no polkit agent'] : undefined;

const look = 'sh -c virsh -c qemu:///system uri';
const apt = 'apt-get install -y libvirt-daemon-system libvirt-clients dnsmasq-base qemu-system-x86 qemu-utils';
const join_ = 'usermod -aG libvirt anna';
const releases = Object.keys(recorded) as (keyof typeof recorded)[];

describe('what setup runs after a yes', () => {
  it.each<[string, Bare, readonly string[]]>([
    [
      'Debian from an image',
      {},
      ['sudo apt-get update', `sudo ${apt} openssh-client kubernetes-client`, `sudo ${join_}`, look],
    ],
    [
      'Debian with lists of today and a kubectl',
      { lists: 'fresh', has: ['flock', 'kubectl', 'ssh', 'ssh-keygen'] },
      [`sudo ${apt}`, `sudo ${join_}`, look],
    ],
    [
      'Debian without systemd, as root',
      { lists: 'old', facts: { root: true, systemd: false } },
      ['apt-get update', `${apt} openssh-client kubernetes-client`, 'virtlogd -d', 'libvirtd -d'],
    ],
    [
      'Ubuntu, with doas',
      { on: 'ubuntu2404', lists: 'fresh', facts: { privilege: 'doas' } },
      [`doas ${apt} openssh-client`, 'doas snap install kubectl --classic', `doas ${join_}`, look],
    ],
    ['Linux Mint', { on: 'linuxMint', lists: 'fresh' }, [`sudo ${apt} openssh-client`, `sudo ${join_}`, look]],
    [
      'Fedora',
      { on: 'fedora' },
      [
        'sudo dnf install -y libvirt-daemon-kvm libvirt-daemon-config-network libvirt-client qemu-img qemu-kvm openssh-clients /usr/bin/kubectl',
        'sudo systemctl enable --now virtqemud.socket virtnetworkd.socket virtstoraged.socket',
        `sudo ${join_}`,
        look,
      ],
    ],
    [
      'Rocky Linux',
      { on: 'rocky9' },
      [
        'sudo dnf install -y libvirt-daemon-kvm libvirt-daemon-config-network libvirt-client qemu-img qemu-kvm openssh-clients',
        'sudo systemctl enable --now virtqemud.socket virtnetworkd.socket virtstoraged.socket',
        `sudo ${join_}`,
        look,
      ],
    ],
    [
      'openSUSE Leap',
      { on: 'leap' },
      [
        'sudo zypper --non-interactive install libvirt-daemon-qemu libvirt-daemon-config-network libvirt-client qemu-x86 qemu-tools openssh-clients kubernetes-client',
        'sudo systemctl enable --now libvirtd',
        `sudo ${join_}`,
        look,
      ],
    ],
    [
      'Arch from an image: a whole upgrade, since half of one breaks it',
      { on: 'arch' },
      [
        'sudo pacman -Syu --needed --noconfirm libvirt dnsmasq qemu-base qemu-img openssh kubectl',
        'sudo systemctl enable --now libvirtd',
        `sudo ${join_}`,
        look,
      ],
    ],
    [
      'Arch with its lists',
      { on: 'arch', lists: 'old', facts: { arch: 'arm64' } },
      [
        'sudo pacman -S --needed --noconfirm libvirt dnsmasq qemu-system-aarch64 qemu-img openssh kubectl',
        'sudo systemctl enable --now libvirtd',
        `sudo ${join_}`,
        look,
      ],
    ],
    [
      'ssh alone',
      { lists: 'fresh', has: ['flock', 'virsh', 'libvirtd', 'qemu-system-x86_64'] },
      ['sudo apt-get install -y openssh-client kubernetes-client'],
    ],
  ])('%s', async (_name, host, commands) => {
    const machine = bare(host);
    const { status, calls, stderr } = await setup(machine, [], typing('\n'));
    expect(machine.ran).toEqual(commands);
    // What was run is what was shown
    const shown = stderr.slice(0, stderr.indexOf('[Y/n]'));
    for (const command of commands.filter((text) => text !== look)) expect(shown).toContain(`  ${command}\n`);
    expect(status).toBe(0);
    expect(calls.at(-1)).toMatch(/^setup /);
  });

  it('needs neither group nor daemon for a session', async () => {
    const machine = bare({ on: 'fedora', has: ['flock', 'ssh', 'ssh-keygen', 'kubectl'] });
    await setup(machine, ['--connection', 'qemu:///session'], typing('y\n'));
    expect(machine.ran).toEqual([expect.stringMatching(/^sudo dnf install /)]);
  });

  it('asks nothing where only kubectl is missing, or libvirt is another machine', async () => {
    const machine = bare({ has: ['flock', 'ssh', 'ssh-keygen', 'virsh', 'libvirtd', 'qemu-system-x86_64'] });
    expect((await setup(machine)).status).toBe(0);
    expect((await setup(bare(), ['--connection', 'qemu+ssh://host/system'])).status).toBe(0);
    expect(machine.ran).toEqual([]);
    await setup(machine, ['--install-deps', '--yes']);
    expect(machine.ran).toEqual(['sudo apt-get update', 'sudo apt-get install -y kubernetes-client']);
  });
});

describe('nothing is run without a yes:', () => {
  const noes: readonly [string, readonly string[], Partial<RunOptions>][] = [
    ['no terminal', [], {}],
    ['no terminal, --install-deps', ['--install-deps'], {}],
    ['--yes, which does not say what to', ['--yes'], typing('y\n')],
    ['--json', ['--json'], typing('y\n')],
    ['n', [], typing('n\n')],
    ['anything else', ['--install-deps'], typing('what?\n')],
    ['the end of the input', [], typing('')],
    ['Ctrl-C', [], { columns: 100, interrupt: idleInterrupt(AbortSignal.abort(new Error('stopped'))) }],
  ];
  it.each(releases.flatMap((on) => noes.map(([name, ...how]) => [on, name, ...how] as const)))(
    '%s: %s',
    async (on, _name, args, options) => {
      const machine = bare({ on });
      const { status, calls } = await setup(machine, args, options);
      expect(machine.ran).toEqual([]);
      expect(calls.filter((call) => call.startsWith('setup'))).toEqual([]);
      expect(status).not.toBe(0);
      expect(readdirSync(project)).toEqual([]);
    },
  );

  it('a dry run only shows the plan, unless it is asked to install', async () => {
    const machine = bare();
    expect((await setup(machine, ['--dry-run'], typing('y\n'))).stdout).toContain('<domain/>');
    expect(machine.ran).toEqual([]);
    expect((await setup(machine, ['--dry-run', '--install-deps', '--yes'])).stdout).toContain('<domain/>');
    expect(machine.ran).toContain('sudo apt-get update');
  });
});

describe('where nobody can be asked, the error says what to do', () => {
  it('with --install-deps --yes', async () => {
    const { status, stderr } = await setup(bare());
    expect(status).toBe(10);
    expect(stderr).toContain('Not installed on this machine: libvirt, QEMU, OpenSSH and kubectl.');
    expect(stderr).toContain('k3s-vm setup --install-deps --yes');
    expect(stderr).toContain(`sudo apt-get update && sudo ${apt}`);
  });
  it('as root, where there is neither sudo nor doas', async () => {
    const { stderr } = await setup(bare({ facts: { privilege: 'su' } }), ['--install-deps', '--yes'], typing('y\n'));
    expect(stderr).toContain("su -l -c 'apt-get update && apt-get install -y ");
  });
  it('on NixOS, with a module and a shell', async () => {
    const { stderr } = await setup(bare({ on: 'nixos' }), ['--install-deps', '--yes'], typing('y\n'));
    expect(stderr).toContain('virtualisation.libvirtd.enable = true;');
    expect(stderr).toContain('environment.systemPackages = [ pkgs.openssh pkgs.kubectl ];');
    expect(stderr).toContain('nix-shell -p libvirt qemu_kvm openssh kubectl');
    expect(stderr).toContain('nix shell nixpkgs#libvirt nixpkgs#qemu_kvm');
    expect(stderr).toContain('k3s-vm setup --connection qemu:///session');
  });
  it('in words on a distribution it does not know', async () =>
    expect((await setup(bare({ on: 'alpine' }))).stderr).toContain('Install libvirt (its daemon, virsh, dnsmasq)'));
});

describe('afterwards', () => {
  const again = 'sg libvirt -c exec node /opt/k3s-vm.cjs setup --cpus 2';
  it('starts the same command again with the new group', async () => {
    const machine = bare({ has: ['flock', 'sg'], says: systemIsClosed });
    const { status, calls, stderr } = await setup(machine, ['--cpus', '2'], typing('y\n'));
    expect(machine.ran.slice(-2)).toEqual(['sg libvirt -c virsh -c qemu:///system uri', again]);
    expect(status).toBe(7);
    expect(calls.filter((call) => call.startsWith('setup'))).toEqual([]);
    expect(stderr).toContain('Continuing as a member of the group "libvirt"');
  });
  it.each([
    ['there is no sg', { has: ['flock'], says: systemIsClosed }],
    ['sg does not help', { has: ['flock', 'sg'], says: (text: string) => systemIsClosed(text) ?? sgFails(text) }],
  ])('uses the session and says so where %s', async (_name, host) => {
    const { status, calls, stderr } = await setup(bare(host), [], typing('y\n'));
    expect(stderr).toContain('from your next login on, so this cluster uses qemu:///session');
    expect(calls.at(-1)).toMatch(/^setup /);
    expect(status).toBe(0);
  });
  const sgFails = (text: string): readonly [number, string] | undefined =>
    text.startsWith('sg ') ? [1, 'Permission denied'] : undefined;
});

describe('a command that fails', () => {
  it.each([
    ['E: Could not get lock /var/lib/dpkg/lock-frontend', 'Another package manager is running'],
    ['E: Unable to locate package libvirt-daemon-system', 'Check which sources are enabled'],
    ["Temporary failure resolving 'deb.debian.org'", 'could not reach its servers'],
    ['anna is not in the sudoers file.', 'rights of root'],
  ])('ends setup with its last lines: %s', async (text, advice) => {
    const lines = [...Array.from({ length: 30 }, (_, i) => `line-${i}`), text].join('\n');
    const machine = bare({ says: (command) => (command.includes(' install ') ? [100, lines] : undefined) });
    const { status, calls, stderr } = await setup(machine, ['--install-deps', '--yes']);
    expect(status).toBe(10);
    const error = stderr.slice(stderr.indexOf('Error:'));
    expect(error).toContain('This command failed: sudo apt-get install -y ');
    expect(error).toContain(text);
    expect(error).toContain('line-29');
    expect(error).not.toContain('line-10');
    expect(error).toContain(advice);
    // All of it was seen as it came
    expect(stderr).toContain('line-10');
    expect(calls.filter((call) => call.startsWith('setup'))).toEqual([]);
  });
  it('is passed over where the others can do without it', async () => {
    const says = (command: string): readonly [number, string] | undefined =>
      command.endsWith('update') ? [100, 'E: The repository is gone\x1b[2J'] : undefined;
    const { status, stderr } = await setup(bare({ lists: 'old', says }), ['--install-deps', '--yes']);
    expect(status).toBe(0);
    expect(stderr).toContain('"sudo apt-get update" failed; continuing without it.');
    // A package manager's output is a stranger's
    expect(stderr).not.toContain('\x1b[2J');
    const first = await setup(bare({ says }), ['--install-deps', '--yes']);
    expect(first.status).toBe(10);
  });
});
