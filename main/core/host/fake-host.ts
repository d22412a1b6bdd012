/** Stand-ins for a machine and its libvirt, for tests. */
import type { Config } from '../config/schema';
import { classifyFault, virshError, type Virsh, type VirshOutcome } from '../libvirt/virsh';
import type { RunResult } from '../process';
import type { AccelerationProbe } from './acceleration';
import { parseOsRelease } from './distribution';
import type { Machine } from './machine';
import type { HostFacts } from './this-host';
import * as recorded from './recorded/virsh';
import { debian12 } from './recorded/os-release';

const gib = 2 ** 30;

export const fakeConfig = (changes: Partial<Config> = {}): Config =>
  ({
    project: '/home/anna/shop',
    name: 'k3s-shop-1a2b3c',
    connection: 'qemu:///system',
    cpus: 2,
    memoryBytes: 4 * gib,
    diskBytes: 20 * gib,
    network: 'default',
    pool: 'default',
    acceleration: 'auto',
    ...changes,
  }) as Config;

export const kvmWorks: AccelerationProbe = {
  works: true,
  why: 'a guest ran under KVM',
  device: 'open',
  flag: 'vmx',
  trap: false,
  hints: [],
};

const result = (exitCode: number, stderr = ''): RunResult => ({
  stdout: '',
  stderr,
  exitCode,
  timedOut: false,
  notFound: false,
  durationMs: 1,
});

export interface FakeMachine extends Machine {
  /** Commands that were run. */
  readonly ran: string[];
}

/** A healthy Debian 12 machine of a member of the libvirt group. */
/** An ordinary user of a machine with systemd and sudo, on which nothing is there. */
export const fakeFacts: HostFacts = {
  root: false,
  privilege: 'sudo',
  user: 'anna',
  systemd: true,
  openrc: false,
  arch: 'x64',
  exists: () => false,
};

export function fakeMachine(changes: Partial<Machine> = {}, files: Readonly<Record<string, string>> = {}): FakeMachine {
  const ran: string[] = [];
  const known: Readonly<Record<string, string>> = {
    '/etc/group': 'root:x:0:\nlibvirt:x:106:anna,bob\nkvm:x:107:\n',
    '/proc/meminfo': 'MemTotal:       16384000 kB\nMemFree:         1000000 kB\nMemAvailable:   12000000 kB\n',
    ...files,
  };
  return {
    ran,
    on: parseOsRelease(debian12),
    facts: { ...fakeFacts, exists: (path) => path === '/usr/lib/systemd/system/libvirtd.service' },
    groups: [1000, 106],
    cpus: 8,
    arch: 'x86_64',
    readFile: (path) => {
      const text = known[path];
      return text === undefined ? Promise.reject(new Error(`no ${path}`)) : Promise.resolve(text);
    },
    folder: () => Promise.resolve({ names: ['deb.debian.org_Packages'], changedAt: Date.now() }),
    runOnTerminal: (argv) => {
      ran.push(argv.join(' '));
      return Promise.resolve(result(0));
    },
    find: ([name = '']) => Promise.resolve(name.startsWith('/') ? name : `/usr/bin/${name}`),
    freeBytes: () => Promise.resolve(100 * gib),
    writeProblem: () => undefined,
    routes: () =>
      Promise.resolve([
        { subnet: '192.0.2.0/24', device: 'eth0' },
        { subnet: '192.168.122.0/24', device: 'virbr0' },
      ]),
    run: (argv) => {
      ran.push(argv.join(' '));
      return Promise.resolve(result(0));
    },
    asksForPassword: () => Promise.resolve('no'),
    probe: () => Promise.resolve(kvmWorks),
    ...changes,
  };
}

export type Answer = string | { readonly stderr: string } | 'no-virsh' | ((args: readonly string[]) => Answer);

const healthy: Readonly<Record<string, Answer>> = {
  '--version': '9.0.0\n',
  uri: 'qemu:///system\n',
  domstate: { stderr: recorded.noDomain },
  domcapabilities: recorded.domainCapabilities,
  'net-dumpxml': recorded.networkXml,
  'net-info': recorded.networkInfo('yes', 'yes'),
  'pool-info': recorded.poolInfo,
  'pool-dumpxml': recorded.poolXml,
};

/** A libvirt that answers by the command's first word, with recorded text; anything else succeeds silently. */
export function fakeVirsh(answers: Readonly<Record<string, Answer>> = {}): {
  virshFor: (uri: string) => Virsh;
  asked: string[];
} {
  const asked: string[] = [];
  const table = { ...healthy, ...answers };
  const virshFor = (uri: string): Virsh => {
    const attempt = (args: readonly string[]): Promise<VirshOutcome> => {
      asked.push(args.join(' '));
      let answer: Answer = table[args[0] ?? ''] ?? '';
      while (typeof answer === 'function') answer = answer([...args, uri]);
      if (answer === 'no-virsh') return Promise.resolve({ stdout: '', stderr: '', fault: 'no-virsh' });
      if (typeof answer === 'string') return Promise.resolve({ stdout: answer, stderr: '' });
      return Promise.resolve({ stdout: '', stderr: answer.stderr, fault: classifyFault(answer.stderr) });
    };
    const expect: Virsh['expect'] = async (faults, args) => {
      const { fault, stdout, stderr } = await attempt(args);
      if (fault === undefined) return stdout;
      if (faults.includes(fault)) return undefined;
      throw virshError(fault, stderr, uri, 'answer');
    };
    const unused = (): never => {
      throw new Error('not used here');
    };
    return { uri, attempt, expect, run: async (args) => (await expect([], args)) ?? '', batch: unused };
  };
  return { virshFor, asked };
}
