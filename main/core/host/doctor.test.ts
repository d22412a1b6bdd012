import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Config } from '../config/schema';
import { automatic, isHostFix, k3sVmError } from '../errors';
import type { DoctorCheck } from './check';
import { fixHost, preflight, runDoctor, type DoctorContext } from './doctor';
import { fakeConfig, fakeMachine, fakeVirsh, kvmWorks, type Answer, type FakeMachine } from './fake-host';
import { parseNetwork } from '../libvirt/networks';
import { ownNetworkXml } from '../libvirt/own-network';
import { movedNetworkXml } from './fixes';
import type { Machine } from './machine';
import * as recorded from './recorded/virsh';
import type { HostFacts } from './this-host';

interface Scene {
  readonly config?: Partial<Config>;
  readonly machine?: Partial<Machine>;
  readonly facts?: Partial<HostFacts>;
  readonly files?: Readonly<Record<string, string>>;
  readonly libvirt?: Readonly<Record<string, Answer>>;
}

const signal = new AbortController().signal;

function scene({ config, machine, facts, files, libvirt }: Scene = {}) {
  const base = fakeMachine(machine, files);
  const host: FakeMachine = { ...base, facts: { ...base.facts, ...facts } };
  const { virshFor, asked } = fakeVirsh(libvirt);
  return { context: { config: fakeConfig(config), virshFor, signal, machine: host }, asked, ran: host.ran };
}

async function examine(parts: Scene, id: string): Promise<DoctorCheck> {
  const lines = await runDoctor(scene(parts).context);
  const found = lines.find((line) => line.id === id);
  if (found === undefined) throw new Error(`no ${id} among ${lines.map((line) => line.id).join(', ')}`);
  return found;
}

async function fix(context: DoctorContext, check: DoctorCheck | undefined): Promise<void> {
  const fixId = automatic(check?.hints ?? [])?.fixId;
  if (fixId === undefined || !isHostFix(fixId)) throw new Error('there is no fix');
  await fixHost(context, fixId);
}

const commands = (check: DoctorCheck): (string | undefined)[] => check.hints.map((hint) => hint.command);

describe('runDoctor', () => {
  it('is content with a healthy machine, in a stable order, each line as it comes', async () => {
    const seen: string[] = [];
    const lines = await runDoctor(scene().context, (line) => seen.push(line.id));
    const order = [
      'virsh',
      'connection',
      'permission',
      'qemu',
      'acceleration',
      'network',
      'firewall',
      'pool',
      'memory',
      'cpus',
      'folders',
      'ssh',
      'flock',
      'kubectl',
      'k9s',
    ];
    expect(lines.map((line) => line.id)).toEqual(order);
    expect(seen).toEqual(order);
    expect(lines.filter((line) => line.state !== 'ok')).toEqual([]);
    expect(lines.find((line) => line.id === 'network')?.detail).toBe(
      '"default", 192.168.122.0/24 on virbr0, is active; its STP delays the network of every VM by 4 s',
    );
    expect(lines.find((line) => line.id === 'qemu')?.detail).toBe('/usr/bin/qemu-system-x86_64 for x86_64 guests');
  });

  it('leaves out what cannot be looked at without virsh', async () => {
    const lines = await runDoctor(scene({ libvirt: { '--version': 'no-virsh' } }).context);
    expect(lines[0]).toMatchObject({ id: 'virsh', state: 'failed', error: { code: 'VIRSH_MISSING' } });
    expect(lines.map((line) => line.id)).not.toContain('connection');
    expect(lines.map((line) => line.id)).toContain('memory');
  });

  it('leaves out this machine for a libvirt on another one', async () => {
    const lines = await runDoctor(scene({ config: { connection: 'qemu+ssh://box/system' } }).context);
    expect(lines.map((line) => line.id)).toEqual([
      'virsh',
      'connection',
      'qemu',
      'acceleration',
      'network',
      'pool',
      'folders',
      'ssh',
      'flock',
      'kubectl',
      'k9s',
    ]);
  });

  it('needs no network for a session', async () => {
    const lines = await runDoctor(scene({ config: { connection: 'qemu:///session' } }).context);
    expect(lines.map((line) => line.id)).not.toContain('network');
  });

  it('makes a line of a libvirt that hangs', async () => {
    const hang = (): Answer => {
      throw k3sVmError('VIRSH_TIMEOUT', { command: 'virsh domstate', seconds: 20 });
    };
    const check = await examine(
      { config: { connection: 'auto' }, libvirt: { domstate: hang, uri: hang } },
      'connection',
    );
    expect(check).toMatchObject({ state: 'failed', error: { code: 'VIRSH_TIMEOUT' } });
    expect(commands(check)).not.toContain('k3s-vm doctor');
  });

  it('ends when it is aborted', async () => {
    const reason = new Error('enough');
    const { context } = scene();
    await expect(runDoctor({ ...context, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('the connection', () => {
  it('says that the daemon is down, and can start it', async () => {
    let up = false;
    const { context, ran } = scene({ libvirt: { uri: () => (up ? 'qemu:///system' : { stderr: recorded.noDaemon }) } });
    const check = (await runDoctor(context)).find((line) => line.id === 'connection');
    expect(check).toMatchObject({
      state: 'failed',
      error: { code: 'DAEMON_NOT_RUNNING', cause: recorded.noDaemon.trim() },
    });
    expect(check?.hints[0]?.command).toBe('sudo systemctl enable --now libvirtd');
    up = true;
    await fix(context, check);
    await fix(context, check);
    expect(ran).toEqual(Array(2).fill('sudo -n systemctl enable --now libvirtd'));
  });

  it('starts the daemons by hand without systemd', async () => {
    const { context, ran } = scene({
      facts: { systemd: false, root: true },
      libvirt: { uri: { stderr: recorded.noDaemon } },
    });
    const check = (await runDoctor(context)).find((line) => line.id === 'connection');
    const controller = new AbortController();
    const running = fix({ ...context, signal: controller.signal }, check);
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(running).rejects.toThrow('enough');
    expect(ran).toEqual(['/usr/bin/virtlogd -d', '/usr/bin/libvirtd -d']);
  });

  it('offers no start where the daemon is not installed, or not the system’s', async () => {
    const down = { uri: { stderr: recorded.noDaemon } };
    expect(
      automatic((await examine({ facts: { exists: () => false }, libvirt: down }, 'connection')).hints),
    ).toBeUndefined();
    const custom = { connection: 'qemu+unix:///system?socket=/nonexistent' };
    expect(automatic((await examine({ config: custom, libvirt: down }, 'connection')).hints)).toBeUndefined();
  });

  it('tells a stranger to join the group, and a new member to log in again', async () => {
    const denied = { uri: { stderr: recorded.permissionDenied } };
    const stranger = await examine(
      { machine: { groups: [1000] }, facts: { user: 'carl' }, libvirt: denied },
      'connection',
    );
    expect(stranger).toMatchObject({ state: 'failed', error: { code: 'PERMISSION_DENIED' } });
    expect(commands(stranger)).toEqual([
      'sudo usermod -aG libvirt carl',
      'newgrp libvirt',
      'k3s-vm setup --connection qemu:///session',
    ]);
    const member = await examine({ machine: { groups: [1000] }, libvirt: denied }, 'connection');
    expect(commands(member)).toEqual(['newgrp libvirt', 'k3s-vm setup --connection qemu:///session']);
  });

  it('keeps the words of ssh for another machine', async () => {
    const check = await examine(
      { config: { connection: 'qemu+ssh://box/system' }, libvirt: { uri: { stderr: recorded.sshRefused } } },
      'connection',
    );
    expect(check.error).toMatchObject({ code: 'CONNECTION_FAILED', cause: recorded.sshRefused.trim() });
    expect(automatic(check.hints)).toBeUndefined();
  });
});

describe('the permission', () => {
  const session = { config: { connection: 'qemu:///session' } };

  it('is good as root, as a member, and with a session that was asked for', async () => {
    expect((await examine({ facts: { root: true } }, 'permission')).detail).toBe('you are root');
    expect((await examine({}, 'permission')).detail).toBe('you are in the group "libvirt"');
    expect(await examine(session, 'permission')).toMatchObject({
      state: 'ok',
      detail: 'qemu:///session needs no group',
    });
  });

  /** `auto` gave the session because the system refused. */
  const fallenBack = async (parts: Scene, stderr: string): Promise<DoctorCheck | undefined> => {
    const { context } = scene({
      ...parts,
      config: { connection: 'auto' },
      libvirt: { uri: (args) => (args.includes('qemu:///system') ? { stderr } : 'qemu:///session') },
    });
    const lines = await runDoctor({ ...context, uri: 'qemu:///session' });
    return lines.find((line) => line.id === 'permission');
  };

  it('explains why a session was chosen', async () => {
    const denied = recorded.permissionDenied;
    const later = await fallenBack({ machine: { groups: [1000] } }, denied);
    expect(later).toMatchObject({ state: 'warning' });
    expect(later?.hints.map((hint) => hint.command)).toEqual(['newgrp libvirt']);
    const never = await fallenBack({ machine: { groups: [1000] }, facts: { user: 'carl' } }, denied);
    expect(never?.state).toBe('ok');
    const down = await fallenBack({}, recorded.noDaemon);
    expect(down).toMatchObject({ state: 'warning', hints: [{ text: 'Start libvirt:', fixId: 'start-libvirt' }] });
  });
});

describe('QEMU and acceleration', () => {
  const trap = {
    ...kvmWorks,
    works: false,
    trap: true,
    why: '/dev/kvm is there, but cannot work',
    hints: [{ text: 'x' }],
  };
  const none = { ...kvmWorks, works: false, device: 'missing' as const, why: 'there is no /dev/kvm' };
  const probe = (found: typeof trap | typeof none): Scene['machine'] & object => ({
    probe: () => Promise.resolve(found),
  });

  it('says when libvirt has no QEMU', async () => {
    const check = await examine({ libvirt: { domcapabilities: { stderr: recorded.noEmulator } } }, 'qemu');
    expect(check).toMatchObject({ state: 'failed', error: { code: 'QEMU_MISSING' } });
    expect(commands(check)).toEqual(['sudo apt-get install qemu-system-x86 qemu-utils']);
  });

  it('does not ask libvirt about QEMU where that would hang, and names the device that does it', async () => {
    const { context, asked } = scene({ machine: probe(trap) });
    const lines = await runDoctor(context);
    expect(asked.some((command) => command.startsWith('domcapabilities'))).toBe(false);
    expect(lines.find((line) => line.id === 'qemu')?.state).toBe('ok');
    const acceleration = lines.find((line) => line.id === 'acceleration');
    expect(acceleration).toMatchObject({ state: 'warning', hints: trap.hints });
    expect(acceleration?.detail).toMatch(/makes libvirt hang/);
  });

  it.each([
    ['auto', kvmWorks, 'ok'],
    ['auto', none, 'warning'],
    ['kvm', none, 'failed'],
    ['kvm', trap, 'failed'],
    ['tcg', none, 'ok'],
    ['tcg', trap, 'warning'],
  ] as const)('with acceleration %s', async (acceleration, found, state) => {
    const check = await examine(
      { config: { acceleration }, machine: { probe: () => Promise.resolve(found) } },
      'acceleration',
    );
    expect(check.state).toBe(state);
    expect(check.error?.code).toBe(state === 'failed' ? 'NO_ACCELERATION' : undefined);
  });
});

describe('the network', () => {
  const inactive = { 'net-info': recorded.networkInfo('no', 'no') };

  it('can be made when the default one is missing', async () => {
    let defined = false;
    const { context, asked } = scene({
      libvirt: {
        'net-dumpxml': () => (defined ? recorded.networkXml : { stderr: recorded.noNetwork }),
        'net-start': () => (defined ? { stderr: recorded.networkActive } : ''),
      },
    });
    const check = (await runDoctor(context)).find((line) => line.id === 'network');
    expect(check).toMatchObject({ state: 'failed', error: { code: 'NETWORK_MISSING' } });
    asked.length = 0;
    await fix(context, check);
    defined = true;
    await fix(context, check);
    const steps = asked.map((command) => command.split(' ')[0]);
    expect(steps).toEqual([
      'net-dumpxml',
      'net-define',
      'net-start',
      'net-autostart',
      'net-dumpxml',
      'net-start',
      'net-autostart',
    ]);
  });

  it('is the user’s business when another one is missing', async () => {
    const check = await examine(
      { config: { network: 'nope' }, libvirt: { 'net-dumpxml': { stderr: recorded.noNetwork } } },
      'network',
    );
    expect(check.state).toBe('failed');
    expect(automatic(check.hints)).toBeUndefined();
  });

  it('can be started', async () => {
    const { context, asked } = scene({ libvirt: inactive });
    const check = (await runDoctor(context)).find((line) => line.id === 'network');
    expect(check).toMatchObject({ state: 'failed', error: { code: 'NETWORK_INACTIVE' } });
    await fix(context, check);
    expect(asked.slice(-2)).toEqual(['net-start default', 'net-autostart default']);
  });

  it('warns when it will be gone after the next boot', async () => {
    const check = await examine({ libvirt: { 'net-info': recorded.networkInfo('yes', 'no') } }, 'network');
    expect(check).toMatchObject({ state: 'warning', hints: [{ fixId: 'autostart-network' }] });
  });

  it('can do without STP while no VM uses the network; everything else about it stays', async () => {
    let written = '';
    const define = ([, path = '']: readonly string[]): string => {
      written = readFileSync(path, 'utf8');
      return '';
    };
    const { context, asked } = scene({ libvirt: { 'net-define': define } });
    const check = (await runDoctor(context)).find((line) => line.id === 'network');
    expect(check).toMatchObject({ state: 'ok', hints: [{ fixId: 'turn-off-stp' }] });
    asked.length = 0;
    await fix(context, check);
    expect(written).toBe(recorded.networkXml.replace("stp='on'", "stp='off'"));
    expect(asked.map((command) => command.split(' ')[0])).toEqual([
      'dumpxml',
      'net-dumpxml',
      'net-define',
      'net-dumpxml',
      'net-destroy',
      'net-start',
    ]);

    const without = await examine({ libvirt: { 'net-dumpxml': written } }, 'network');
    expect(without.detail).toBe('"default", 192.168.122.0/24 on virbr0, is active');
    expect(automatic(without.hints)).toBeUndefined();
  });

  it('keeps its bridge for as long as a VM is on it', async () => {
    const busy = recorded.networkXml.replace('<network>', "<network connections='1'>");
    const check = await examine({ libvirt: { 'net-dumpxml': busy } }, 'network');
    expect(automatic(check.hints)).toBeUndefined();
    expect(check.detail).toContain('while no VM uses the network');

    // A VM that came after the doctor looked
    let text = recorded.networkXml;
    const { context, asked } = scene({ libvirt: { 'net-dumpxml': () => text } });
    const found = (await runDoctor(context)).find((line) => line.id === 'network');
    text = busy;
    await fix(context, found);
    expect(asked.join()).toContain('net-define');
    expect(asked.join()).not.toContain('net-destroy');
  });

  it('fails on a route that takes its traffic, and warns of a wide one', async () => {
    const routes = (subnet: string) => ({ routes: () => Promise.resolve([{ subnet, device: 'tun0' }]) });
    const taken = await examine({ machine: routes('192.168.122.0/24'), libvirt: inactive }, 'network');
    expect(taken.error?.code).toBe('NETWORK_COLLISION');
    expect(taken.detail).toContain('the route to 192.168.122.0/24 through tun0');
    const wide = await examine({ machine: routes('192.168.0.0/16') }, 'network');
    expect(wide).toMatchObject({ state: 'warning' });
    expect(wide.detail).toContain('192.168.0.0/16 through tun0');
  });
});

describe('the own network', () => {
  const own = ownNetworkXml('192.168.150');
  const auto = { network: 'auto' };
  const tunnel = { routes: () => Promise.resolve([{ subnet: '192.168.150.0/24', device: 'tun0' }]) };
  const vmOn = (network: string): string =>
    `<domain type='qemu'><name>x</name><uuid>1</uuid><metadata><k3svm:cluster xmlns:k3svm='urn:k3s-vm:domain:1' schema='1' phase='provisioned' ` +
    `project='/p' pool='default' mac='m' address='a' network='${network}' sshPort='22' apiPort='6443'/></metadata>` +
    `<memory unit='KiB'>1</memory><vcpu>1</vcpu></domain>`;

  it('is created with the first VM, on a subnet that is free here', async () => {
    const check = await examine(
      { config: auto, libvirt: { 'net-dumpxml': { stderr: recorded.noNetwork } } },
      'network',
    );
    expect(check).toMatchObject({
      state: 'ok',
      detail: '"k3s-vm", 192.168.150.0/24 on virbr-k3svm, is created with the first VM',
    });
    const beside = await examine(
      { config: auto, machine: tunnel, libvirt: { 'net-dumpxml': { stderr: recorded.noNetwork } } },
      'network',
    );
    expect(beside.detail).toContain('192.168.151.0/24');
  });

  it('needs no advice on STP', async () => {
    expect(await examine({ config: auto, libvirt: { 'net-dumpxml': own } }, 'network')).toMatchObject({
      state: 'ok',
      detail: '"k3s-vm", 192.168.150.0/24 on virbr-k3svm, is active',
    });
  });

  it('moves out of the way of a VPN that came later, while no VM uses the network', async () => {
    let written = '';
    const { context, asked } = scene({
      config: auto,
      machine: tunnel,
      libvirt: {
        'net-list': 'k3s-vm',
        'net-dumpxml': () => (written === '' ? own : written),
        'net-define': ([, path = '']) => {
          written = readFileSync(path, 'utf8');
          return '';
        },
      },
    });
    const locked: string[] = [];
    const exclusively = <T>(uri: string, work: () => Promise<T>): Promise<T> => {
      locked.push(uri);
      return work();
    };
    const check = (await runDoctor({ ...context, exclusively })).find((line) => line.id === 'network');
    expect(check).toMatchObject({ state: 'failed', error: { code: 'NETWORK_COLLISION' } });
    expect(check?.hints.map(({ command }) => command)).toContain('k3s-vm doctor --fix');
    expect(automatic(check?.hints ?? [])?.text).toContain('192.168.151.0/24');
    asked.length = 0;
    await fix({ ...context, exclusively }, check);
    expect(written).toBe(ownNetworkXml('192.168.151'));
    expect(locked).toEqual(['qemu:///system']);
    expect(asked.map((command) => command.split(' ')[0])).toEqual([
      'net-dumpxml',
      'net-dumpxml',
      'net-list',
      'net-dumpxml',
      'net-destroy',
      'net-define',
      'net-start',
      'net-autostart',
    ]);
  });

  it('does not move below running VMs', async () => {
    const busy = own.replace('<network>', "<network connections='1'>");
    let text = busy;
    const parts = { config: auto, machine: tunnel, libvirt: { 'net-dumpxml': () => text } };
    const check = await examine(parts, 'network');
    expect(check.error?.code).toBe('NETWORK_COLLISION');
    expect(automatic(check.hints)).toBeUndefined();

    text = own;
    const early = await examine(parts, 'network');
    text = busy;
    await expect(fix(scene(parts).context, early)).rejects.toMatchObject({ code: 'NETWORK_IN_USE' });
  });

  it('does not move a network that it did not make', async () => {
    const check = await examine(
      { machine: { routes: () => Promise.resolve([{ subnet: '192.168.122.0/24', device: 'tun0' }]) } },
      'network',
    );
    expect(check.error?.code).toBe('NETWORK_COLLISION');
    expect(automatic(check.hints)).toBeUndefined();
  });

  it('is not looked at for a VM that is on another one', async () => {
    const check = await examine(
      { config: auto, libvirt: { dumpxml: vmOn('default'), domstate: 'running\n' } },
      'network',
    );
    expect(check.detail).toContain('"default"');
  });

  it('that somebody removed is made again by the VM’s next start', async () => {
    const check = await examine(
      {
        config: auto,
        libvirt: { dumpxml: vmOn('k3s-vm'), domstate: 'running\n', 'net-dumpxml': { stderr: recorded.noNetwork } },
      },
      'network',
    );
    expect(check).toMatchObject({ state: 'warning', hints: [{ command: 'k3s-vm restart' }] });
  });
});

describe('movedNetworkXml', () => {
  it('changes the subnet alone, and drops reservations elsewhere', () => {
    const kept = "<mac address='52:54:00:43:f1:cd'/>";
    const before = recorded.networkXml
      .replace('<ip ', `${kept}<ip `)
      .replace("254'/>", "254'/><host mac='52:54:00:00:00:01' name='k3s-a' ip='192.168.122.9'/>");
    const after = movedNetworkXml(before, '192.168.151');
    expect(parseNetwork(after)).toEqual({
      ...parseNetwork(recorded.networkXml),
      gateway: '192.168.151.1',
      range: { start: '192.168.151.2', end: '192.168.151.254' },
    });
    expect(after).toContain(kept);
    expect(after).toContain('<uuid>ddaa1841-c039-4a99-afca-9df025bbc87c</uuid>');
  });
});

describe('the storage pool', () => {
  const gib = 2 ** 30;
  const free = (bytes: number): Scene['machine'] & object => ({ freeBytes: () => Promise.resolve(bytes) });

  it('will be made when the default one is missing; another one has to be there', async () => {
    const missing = { 'pool-info': { stderr: recorded.noPool } };
    expect(await examine({ libvirt: missing }, 'pool')).toMatchObject({
      state: 'ok',
      detail: '"default" will be created at /var/lib/libvirt/images, 100 GiB free',
    });
    const other = await examine({ config: { pool: 'nope' }, libvirt: missing }, 'pool');
    expect(other.error?.code).toBe('POOL_UNAVAILABLE');
  });

  it('can be started', async () => {
    const { context, asked } = scene({
      libvirt: { 'pool-info': recorded.poolInfoInactive, 'pool-start': { stderr: recorded.poolActive } },
    });
    const check = (await runDoctor(context)).find((line) => line.id === 'pool');
    expect(check?.state).toBe('warning');
    await fix(context, check);
    expect(asked.slice(-2)).toEqual(['pool-start default', 'pool-autostart default']);
  });

  it('needs room for a new VM, and less for one that is there', async () => {
    expect((await examine({ machine: free(2 * gib) }, 'pool')).error).toMatchObject({
      code: 'POOL_FULL',
      message: expect.stringContaining('3 GiB needed, 2 GiB free') as string,
    });
    expect((await examine({ machine: free(2 * gib), libvirt: { domstate: 'running\n' } }, 'pool')).state).toBe(
      'warning',
    );
    expect((await examine({ machine: free(10 * gib) }, 'pool')).state).toBe('warning');
  });

  it("goes by libvirt's number where the disk cannot be asked", async () => {
    const check = await examine({ machine: { freeBytes: () => Promise.resolve(undefined) } }, 'pool');
    expect(check.detail).toContain('227 GiB free');
  });
});

describe('memory, CPUs and programs', () => {
  it('fails on more memory than there is, warns of more than is free', async () => {
    const gib = 2 ** 30;
    expect((await examine({ config: { memoryBytes: 32 * gib } }, 'memory')).error?.code).toBe('NOT_ENOUGH_MEMORY');
    const tight = { config: { memoryBytes: 14 * gib } };
    expect((await examine(tight, 'memory')).state).toBe('warning');
    // What the running VM has already been given is not wanted once more.
    expect((await examine({ ...tight, libvirt: { domstate: 'running\n' } }, 'memory')).state).toBe('ok');
  });

  it('warns of more CPUs than there are', async () => {
    const check = await examine({ config: { cpus: 12 } }, 'cpus');
    expect(check.state).toBe('warning');
    expect(commands(check)).toEqual(['k3s-vm config set cpus 8']);
  });

  it('tells what must be installed from what may be', async () => {
    const machine = { find: () => Promise.resolve(undefined) };
    const states = Object.fromEntries(
      (await runDoctor(scene({ machine }).context)).map((line) => [line.id, line.state]),
    );
    expect(states).toMatchObject({ ssh: 'failed', flock: 'failed', kubectl: 'warning', k9s: 'ok' });
    expect((await examine({ machine }, 'k9s')).detail).toBe('not installed (optional)');
  });
});

describe('preflight', () => {
  it('throws the first failure', async () => {
    const { context } = scene({
      machine: {
        find: () => Promise.resolve(undefined),
        routes: () => Promise.resolve([{ subnet: '192.168.122.0/24', device: 'tun0' }]),
      },
    });
    await expect(preflight(context)).rejects.toMatchObject({ code: 'NETWORK_COLLISION' });
  });

  it('starts a network that is not active instead of stopping, and says so', async () => {
    let active: 'yes' | 'no' = 'no';
    const { context, asked } = scene({
      libvirt: {
        'net-info': () => recorded.networkInfo(active, active),
        'net-start': () => {
          active = 'yes';
          return '';
        },
      },
    });
    const { warnings, done } = await preflight(context);
    expect({ warnings, done }).toEqual({
      warnings: [],
      done: ['started the network "default", now and at every boot'],
    });
    expect(asked).toContain('net-autostart default');
  });

  it('makes libvirt’s own network where it is missing', async () => {
    let there = false;
    const { context } = scene({
      libvirt: {
        'net-dumpxml': () => (there ? recorded.networkXml : { stderr: recorded.noNetwork }),
        'net-define': () => {
          there = true;
          return '';
        },
      },
    });
    expect((await preflight(context)).done).toEqual(['defined and started the network "default"']);
  });

  it('starts no daemon: that is not its to decide', async () => {
    const { context, ran } = scene({ libvirt: { uri: { stderr: recorded.noDaemon } } });
    await expect(preflight(context)).rejects.toMatchObject({ code: 'DAEMON_NOT_RUNNING' });
    expect(ran).toEqual([]);
  });

  it('keeps the fix of the check that stops it', async () => {
    const failure = preflight(scene({ libvirt: { uri: { stderr: recorded.noDaemon } } }).context);
    await expect(failure).rejects.toMatchObject({ code: 'DAEMON_NOT_RUNNING', hints: [{ fixId: 'start-libvirt' }] });
  });

  it('stops where its fix did not help', async () => {
    const { context } = scene({ libvirt: { 'net-info': recorded.networkInfo('no', 'no') } });
    await expect(preflight(context)).rejects.toMatchObject({ code: 'NETWORK_INACTIVE' });
  });

  it('returns the warnings, and does not look at what setup can do without', async () => {
    const { context } = scene({
      config: { cpus: 12 },
      machine: {
        find: ([name]) => Promise.resolve(name === 'kubectl' ? undefined : '/usr/bin/x'),
        probe: () => Promise.resolve({ ...kvmWorks, works: false, why: 'none' }),
      },
    });
    expect((await preflight(context)).warnings.map((line) => line.id)).toEqual(['cpus']);
  });

  it.each(['/home/anna/shop', '.cache', '.local/state', 'tmp'])(
    'ends before any download where %s cannot be written',
    async (part) => {
      const writeProblem = (path: string): string | undefined =>
        path.includes(part) ? 'it is on a read-only file system' : undefined;
      const found = preflight(scene({ machine: { writeProblem } }).context);
      await expect(found).rejects.toMatchObject({ code: 'NOT_WRITABLE', exitStatus: 10 });
    },
  );

  it('keeps a resolved connection', async () => {
    const { context, asked } = scene({ config: { connection: 'auto' } });
    await preflight({ ...context, uri: 'qemu:///session' });
    expect(asked.some((command) => command.startsWith('net-'))).toBe(false);
  });
});
