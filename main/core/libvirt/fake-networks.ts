/** A libvirt that keeps networks and domains in memory, for tests. Its refusals are recorded ones. */
import { readFileSync } from 'node:fs';
import { classifyFault, virshError, type Virsh, type VirshOutcome } from './virsh';

export interface FakeNetwork {
  xml: string;
  active: boolean;
  autostart: boolean;
}

export interface FakeNetworks {
  readonly virsh: Virsh;
  readonly networks: Map<string, FakeNetwork>;
  /** XML by name. */
  readonly domains: Map<string, string>;
  /** What was asked, by the command's first word. */
  readonly asked: string[];
  /** Runs before a command, e.g. to do what another user does meanwhile. */
  before: (args: readonly string[]) => void;
}

const nameIn = (xml: string): string => /<name>([^<]*)</.exec(xml)?.[1] ?? '';

/** @param inUse gateways that libvirt's host has for something else */
export function fakeNetworks(
  options: { readonly inUse?: readonly string[]; readonly uri?: string } = {},
): FakeNetworks {
  const networks = new Map<string, FakeNetwork>();
  const domains = new Map<string, string>();
  const asked: string[] = [];
  const fail = (stderr: string): VirshOutcome => ({ stdout: '', stderr, fault: classifyFault(stderr) });
  const say = (stdout = ''): VirshOutcome => ({ stdout, stderr: '' });
  const noNetwork = (name: string): VirshOutcome =>
    fail(`error: failed to get network '${name}'\nerror: Network not found: no network with matching name '${name}'`);

  const answer = (args: readonly string[]): VirshOutcome => {
    const [command = '', name = '', ...rest] = args;
    asked.push(command);
    fake.before(args);
    const network = networks.get(name);
    switch (command) {
      case 'net-list':
        return say([...networks.keys()].join('\n'));
      case 'list':
        return say([...domains.keys()].join('\n'));
      case 'dumpxml': {
        const xml = domains.get(name);
        return xml === undefined ? fail("error: Domain not found: no domain with matching name 'x'") : say(xml);
      }
      case 'net-define': {
        const xml = readFileSync(name, 'utf8');
        const known = networks.get(nameIn(xml));
        if (known !== undefined && !xml.includes('<uuid>')) {
          return fail(`error: operation failed: network '${nameIn(xml)}' already exists with uuid 71e6b2c5`);
        }
        const uuid = known === undefined ? xml.replace('</name>', '</name><uuid>71e6b2c5</uuid>') : xml;
        networks.set(nameIn(xml), { active: false, autostart: false, ...known, xml: uuid });
        return say();
      }
      case 'net-dhcp-leases':
        return say();
      case 'vol-path':
        return say(`/pool/${rest.at(-1) ?? ''}`);
      default:
        if (!command.startsWith('net-')) return say();
    }
    if (network === undefined) return noNetwork(name);
    switch (command) {
      case 'net-dumpxml':
        return say(network.xml);
      case 'net-info':
        return say(`Name: ${name}\nActive:         ${network.active ? 'yes' : 'no'}\nAutostart:      yes\n`);
      case 'net-start':
        if (network.active) return fail('error: Requested operation is not valid: network is already active');
        if (options.inUse?.some((gateway) => network.xml.includes(`address='${gateway}'`)) === true) {
          return fail('error: internal error: Network is already in use by interface eth1');
        }
        network.active = true;
        return say();
      case 'net-autostart':
        network.autostart = true;
        return say();
      case 'net-destroy':
        if (!network.active) return fail("error: Requested operation is not valid: network 'x' is not active");
        network.active = false;
        return say();
      case 'net-undefine':
        networks.delete(name);
        return say();
      case 'net-update': {
        const [action, , host = ''] = rest;
        network.xml =
          action === 'add' ? network.xml.replace('</dhcp>', `${host}</dhcp>`) : network.xml.replace(host, '');
        return say();
      }
      default:
        return say();
    }
  };

  const uri = options.uri ?? 'qemu:///system';
  const attempt: Virsh['attempt'] = (args) => Promise.resolve(answer(args));
  const expect: Virsh['expect'] = async (faults, args) => {
    const { fault, stdout, stderr } = await attempt(args);
    if (fault === undefined) return stdout;
    if (faults.includes(fault)) return undefined;
    throw virshError(fault, stderr, uri, 'answer');
  };
  const fake: FakeNetworks = {
    networks,
    domains,
    asked,
    before: () => undefined,
    virsh: {
      uri,
      attempt,
      expect,
      run: async (args) => (await expect([], args)) ?? '',
      batch: async (commands) => {
        const outcomes = await Promise.all(commands.map((command) => attempt(command)));
        return {
          outputs: outcomes.map(({ stdout }) => stdout.trim()),
          stderr: outcomes.map(({ stderr }) => stderr).join('\n'),
        };
      },
    },
  };
  return fake;
}
