import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ownNetworkXml } from '../libvirt/own-network';
import { parseOsRelease } from './distribution';
import { runDoctor } from './doctor';
import { fakeConfig, fakeMachine, fakeVirsh } from './fake-host';
import { blockedByIptables, blockedByNft, firewallRemedy } from './firewall';
import type { Machine } from './machine';
import { nixos } from './recorded/os-release';

/** What nft and iptables 1.8.9 print of rules as these programs make them. */
const recorded = (name: string): string => readFileSync(new URL(`./recorded/${name}`, import.meta.url), 'utf8');
const guests = { bridge: 'virbr-k3svm', subnet: '192.168.150.0/24' };
interface Ruleset {
  nftables: Record<string, unknown>[];
}
/** A rule added to a recorded ruleset. */
function withRule(name: string, table: string, chain: string, ...expr: unknown[]): string {
  const ruleset = JSON.parse(recorded(name)) as Ruleset;
  const family = table === 'filter' ? 'ip' : 'inet';
  ruleset.nftables.push({ rule: { family, table, chain, handle: 99, expr } });
  return JSON.stringify(ruleset);
}
/** Two recorded rulesets on one machine. */
const together = (...names: readonly string[]): string =>
  JSON.stringify({ nftables: names.flatMap((name) => (JSON.parse(recorded(name)) as Ruleset).nftables) });
const from = (right: unknown, key = 'iifname', op = '==') => ({ match: { op, left: { meta: { key } }, right } });
const to = (field: string, right: unknown) => ({
  match: { op: '==', left: { payload: { protocol: 'udp', field } }, right },
});
const accept = { accept: null };

describe('a firewall of nftables', () => {
  it('of NixOS drops what VMs ask the host', () => {
    expect(blockedByNft(recorded('nft-nixos.json'), guests)).toEqual([
      { direction: 'input', table: 'inet nixos-fw', chain: 'input' },
    ]);
  });

  it.each([
    ['trusted', from({ set: ['lo', 'virbr-k3svm'] }), accept],
    ['trusted by a pattern', from('virbr*'), accept],
    ['let in by its subnet', to('saddr', { prefix: { addr: '192.168.0.0', len: 16 } }), accept],
    ['let in for names', to('dport', { set: [53, 67] }), accept],
    ['let in as everything is', accept],
    ['let in as all but another', from('eth0', 'iifname', '!='), accept],
  ])('is no obstacle to a bridge that is %s', (_how, ...rule) => {
    expect(blockedByNft(withRule('nft-nixos.json', 'nixos-fw', 'input-allow', ...rule), guests)).toEqual([]);
  });

  it.each([
    ['another interface', from('virbr0'), accept],
    ['another subnet', to('saddr', '10.0.0.1'), accept],
    ['another port', to('dport', 22), accept],
    ['nothing but a count', { counter: { packets: 0, bytes: 0 } }],
  ])('stays one with a rule for %s', (_what, ...rule) => {
    expect(blockedByNft(withRule('nft-nixos.json', 'nixos-fw', 'input-allow', ...rule), guests)).toHaveLength(1);
  });

  it('of firewalld lets a bridge in by its zone, and drops one that is in none', () => {
    expect(blockedByNft(recorded('nft-firewalld.json'), guests)).toEqual([]);
    const without = recorded('nft-firewalld.json').replaceAll('virbr-k3svm', 'virbr0');
    const zoneless = without.replaceAll(/53/g, '54');
    expect(blockedByNft(zoneless, guests)).toEqual([
      { direction: 'input', table: 'inet firewalld', chain: 'filter_INPUT' },
    ]);
  });

  it('of Docker drops what VMs send elsewhere, whatever libvirt’s own table says', () => {
    expect(blockedByNft(recorded('nft-docker.json'), guests)).toEqual([
      { direction: 'forward', table: 'ip filter', chain: 'FORWARD', docker: true },
    ]);
    const admitted = withRule('nft-docker.json', 'filter', 'DOCKER-USER', from('virbr-k3svm'), accept);
    expect(blockedByNft(admitted, guests)).toEqual([]);
  });
});

describe('a firewall of iptables', () => {
  it('of ufw drops what VMs ask the host, until a rule lets them', () => {
    const rules = recorded('iptables-ufw.txt');
    expect(blockedByIptables(rules, guests)).toEqual([{ direction: 'input', table: 'ip filter', chain: 'INPUT' }]);
    for (const rule of [
      '-A ufw-user-input -i virbr-k3svm -j ACCEPT',
      '-A INPUT -i virbr+ -p udp -m udp --dport 53 -j ACCEPT',
      '-A INPUT -s 192.168.150.0/24 -j ACCEPT',
      '-A INPUT ! -i eth0 -j ACCEPT',
    ]) {
      expect(blockedByIptables(`${rules}\n${rule}`, guests), rule).toEqual([]);
    }
    expect(blockedByIptables(`${rules}\n-A INPUT -i eth0 -j ACCEPT`, guests)).toHaveLength(1);
  });
});

describe('firewallRemedy', () => {
  const machine = fakeMachine();
  const input = [{ direction: 'input', table: 'inet filter', chain: 'input' }] as const;

  it.each([
    ['nixos', '{ networking.firewall.trustedInterfaces = [ "virbr-k3svm" ]; }'],
    [
      'firewalld',
      'sudo firewall-cmd --zone=libvirt --add-interface=virbr-k3svm && sudo firewall-cmd --zone=libvirt --add-interface=virbr-k3svm --permanent',
    ],
    ['ufw', 'sudo ufw allow in on virbr-k3svm && sudo ufw route allow in on virbr-k3svm'],
    ['nftables', 'sudo nft insert rule inet filter input iifname virbr-k3svm accept'],
  ] as const)('speaks the language of %s', (firewall, command) => {
    expect(firewallRemedy(firewall, 'virbr-k3svm', input, machine)[0]?.command).toBe(command);
  });
});

describe('the doctor', () => {
  const signal = new AbortController().signal;
  const line = async (machine: Partial<Machine>, outputs: Readonly<Record<string, string>>) => {
    const { virshFor } = fakeVirsh({ 'net-dumpxml': ownNetworkXml('192.168.150') });
    const run: Machine['run'] = ([program = '', ...args]) => {
      const stdout = outputs[`${program.split('/').at(-1) ?? ''} ${args.join(' ')}`];
      const exitCode = stdout === undefined ? 1 : 0;
      return Promise.resolve({
        stdout: stdout ?? '',
        stderr: 'Operation not permitted (you must be root)',
        exitCode,
        timedOut: false,
        notFound: false,
        durationMs: 1,
      });
    };
    const checks = await runDoctor({
      config: fakeConfig({ network: 'auto' }),
      virshFor,
      signal,
      machine: fakeMachine({ run, ...machine }),
    });
    return checks.find(({ id }) => id === 'firewall');
  };

  it('names the table that drops, and the rule for the firewall that is here', async () => {
    const check = await line({ on: parseOsRelease(nixos) }, { 'nft -j list ruleset': recorded('nft-nixos.json') });
    expect(check).toMatchObject({
      state: 'warning',
      detail: 'inet nixos-fw drops what a VM on virbr-k3svm sends to this host (such as DNS queries)',
    });
    expect(check?.hints[0]?.command).toContain('trustedInterfaces = [ "virbr-k3svm" ]');
    const docker = await line({}, { 'nft -j list ruleset': recorded('nft-docker.json') });
    expect(docker?.hints[0]?.command).toContain('iptables -I DOCKER-USER -i virbr-k3svm -j ACCEPT');
    // Beside another firewall Docker drops all the same, and trusting the bridge does not help
    const both = await line(
      { on: parseOsRelease(nixos) },
      { 'nft -j list ruleset': together('nft-nixos.json', 'nft-docker.json') },
    );
    expect(both?.hints.map(({ command }) => command)).toEqual([
      expect.stringContaining('trustedInterfaces'),
      'sudo nixos-rebuild switch',
      expect.stringContaining('DOCKER-USER'),
    ]);
    const beside = { 'nft -j list ruleset': recorded('nft-docker.json'), 'firewall-cmd --state': 'running' };
    expect((await line({}, beside))?.hints.map(({ command }) => command)).toEqual([
      expect.stringContaining('DOCKER-USER'),
    ]);
  });

  it('is content where the bridge is let in', async () => {
    const check = await line(
      {},
      { 'nft -j list ruleset': recorded('nft-firewalld.json'), 'firewall-cmd --state': 'running' },
    );
    expect(check).toMatchObject({ state: 'ok', detail: 'lets VMs on virbr-k3svm through' });
  });

  it('says what it may not see, with the rule where one may be needed', async () => {
    const unknown = await line({}, {});
    expect(unknown).toMatchObject({ state: 'ok', detail: 'only root can read its rules', hints: [] });
    const onNixos = await line({ on: parseOsRelease(nixos) }, {});
    expect(onNixos?.state).toBe('ok');
    expect(onNixos?.hints[0]?.command).toContain('trustedInterfaces');
  });
});
