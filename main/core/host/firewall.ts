/**
 * Whether this host's firewall lets the VMs of a bridge ask it for names, and out to the internet. libvirt adds rules of its own
 * for both, but a packet has to pass every table: what another one drops is dropped. So what is looked for is a table
 * that drops by default and has no rule that lets the bridge in.
 * https://wiki.nftables.org/wiki-nftables/index.php/Configuring_chains, https://libvirt.org/firewall.html
 */
import { sh } from '../shell-quote';
import type { Remedy } from '../errors/remedy';
import { systemProgram } from './find-program';
import type { Machine } from './machine';
import { nixHints } from './remedies';
import { overlap } from './subnets';
import { asRoot } from './this-host';

/** `input`: VMs to this host, where libvirt's DNS is; `forward`: VMs to everything else. */
export type Direction = 'input' | 'forward';

/** Who made the rules, as far as that can be told: it is who has to change them. */
export type Firewall = 'nixos' | 'firewalld' | 'ufw' | 'nftables' | 'iptables';

/** A table that drops the bridge's traffic. */
export interface Blocked {
  readonly direction: Direction;
  /** As nft names it, e.g. `inet nixos-fw`. */
  readonly table: string;
  readonly chain: string;
  /** Docker's, whichever firewall it runs beside: that firewall's own rules do not open it. */
  readonly docker?: true;
}

/** One rule, as far as it matters here. */
interface Rule {
  readonly verdict: 'accept' | 'drop' | 'none';
  readonly jumps: readonly string[];
  /** Interfaces that it names, coming in or going out, `virbr*` for all that begin so. */
  readonly interfaces: readonly string[];
  /** Subnets that it names. */
  readonly subnets: readonly string[];
  /** Whether it is for port 53 alone, from wherever. */
  readonly dns: boolean;
  /** Whether it is for some packets only. */
  readonly narrow: boolean;
}

interface Chain {
  readonly table: string;
  readonly name: string;
  /** Where packets come in; undefined for one that others jump to. */
  readonly direction?: Direction;
  readonly drops: boolean;
  readonly rules: Rule[];
}

type Chains = ReadonlyMap<string, Chain>;

const covers = (pattern: string, bridge: string): boolean =>
  pattern === bridge || (/[*+]$/.test(pattern) && bridge.startsWith(pattern.slice(0, -1)));

/** The bridge and the subnet that traffic comes from. */
export interface Guests {
  readonly bridge: string;
  readonly subnet: string;
}

/** All rules that a packet may meet in a chain, through jumps. */
function reached(chains: Chains, chain: Chain, seen = new Set<Chain>()): readonly Rule[] {
  if (seen.has(chain)) return [];
  seen.add(chain);
  return chain.rules.flatMap((rule) => [
    rule,
    ...rule.jumps.flatMap((name) => {
      const next = chains.get(`${chain.table} ${name}`);
      return next === undefined ? [] : reached(chains, next, seen);
    }),
  ]);
}

/** Whether a rule may let guests through. In doubt, yes: only certain blocks are reported. */
function mayAdmit(rule: Rule, direction: Direction, { bridge, subnet }: Guests): boolean {
  if (rule.interfaces.some((pattern) => covers(pattern, bridge))) return true;
  if (rule.verdict !== 'accept' || rule.interfaces.length > 0) return false;
  if (rule.subnets.length > 0) return rule.subnets.some((other) => overlap(other, subnet));
  return !rule.narrow || (direction === 'input' && rule.dns);
}

function blockedIn(chains: Chains, guests: Guests): readonly Blocked[] {
  return [...chains.values()].flatMap((chain) => {
    const { direction, table, name } = chain;
    if (direction === undefined) return [];
    const rules = reached(chains, chain);
    const last = chain.rules.at(-1);
    const endsInDrop = chain.drops || (last?.verdict === 'drop' && !last.narrow && last.interfaces.length === 0);
    if (!endsInDrop || rules.some((rule) => mayAdmit(rule, direction, guests))) return [];
    // https://docs.docker.com/engine/network/packet-filtering-firewalls/
    const isDockers = direction === 'forward' && chains.has(`${table} DOCKER-USER`);
    return [{ direction, table, chain: name, ...(isDockers ? { docker: true as const } : {}) }];
  });
}

type Json = Readonly<Record<string, unknown>>;

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** All texts and numbers in a value, e.g. of a set. */
const leaves = (value: unknown): readonly string[] =>
  typeof value === 'string' || typeof value === 'number'
    ? [String(value)]
    : Array.isArray(value)
      ? value.flatMap(leaves)
      : isJson(value)
        ? isJson(value.prefix)
          ? [`${String(value.prefix.addr)}/${String(value.prefix.len)}`]
          : Object.values(value).flatMap(leaves)
        : [];

/** What a value names, with the elements of the sets it refers to. */
function named(value: unknown, sets: ReadonlyMap<string, unknown>): readonly string[] {
  return leaves(value).flatMap((text) => (text.startsWith('@') ? leaves(sets.get(text.slice(1))) : [text]));
}

function ruleOf(statements: readonly unknown[], sets: ReadonlyMap<string, unknown>): Rule {
  const interfaces: string[] = [];
  const subnets: string[] = [];
  const jumps: string[] = [];
  let verdict: Rule['verdict'] = 'none';
  let dns = false;
  let narrow = false;
  for (const statement of statements.filter(isJson)) {
    const { match, vmap, jump, goto } = statement as Readonly<Record<string, unknown>>;
    if ('accept' in statement) verdict = 'accept';
    if ('drop' in statement || 'reject' in statement) verdict = 'drop';
    for (const target of [jump, goto]) if (isJson(target)) jumps.push(String(target.target));
    const [left, right] = isJson(match) ? [match.left, match.right] : isJson(vmap) ? [vmap.key, vmap.data] : [];
    if ('xt' in statement) narrow = true;
    if (left === undefined) continue;
    const what = leaves(left);
    const isAllBut = isJson(match) && match.op === '!=';
    if (isAllBut && what.some((key) => /^([io]if(name)?|[sd]addr)$/.test(key))) continue;
    narrow = true;
    if (what.some((key) => /^[io]if(name)?$/.test(key))) interfaces.push(...named(right, sets));
    else if (what.some((key) => key === 'saddr' || key === 'daddr')) subnets.push(...named(right, sets));
    else if (what.includes('dport')) dns ||= named(right, sets).includes('53');
    // Where a map sends packets, they go
    if (isJson(vmap)) jumps.push(...targetsIn(vmap.data));
  }
  return { verdict, jumps, interfaces, subnets, dns, narrow };
}

const targetsIn = (value: unknown): readonly string[] =>
  Array.isArray(value)
    ? value.flatMap(targetsIn)
    : isJson(value)
      ? typeof value.target === 'string'
        ? [value.target]
        : Object.values(value).flatMap(targetsIn)
      : [];

/**
 * Reads `nft -j list ruleset`, iptables' tables of the nft kind among it.
 *
 * @throws where it is not that
 */
export function blockedByNft(json: string, guests: Guests): readonly Blocked[] {
  const { nftables } = JSON.parse(json) as { readonly nftables: readonly Json[] };
  const chains = new Map<string, Chain>();
  const sets = new Map<string, Map<string, unknown>>();
  const tableOf = ({ family, table }: Json): string => `${String(family)} ${String(table)}`;
  for (const { set, map } of nftables) {
    const found = isJson(set) ? set : isJson(map) ? map : undefined;
    if (found === undefined) continue;
    const known = sets.get(tableOf(found)) ?? new Map<string, unknown>();
    sets.set(tableOf(found), known.set(String(found.name), found.elem));
  }
  for (const { chain } of nftables) {
    if (!isJson(chain) || !['ip', 'inet'].includes(String(chain.family))) continue;
    const { hook, type, policy, name } = chain;
    const direction =
      type === 'filter' && (hook === 'input' || hook === 'forward') ? { direction: hook as Direction } : {};
    const table = tableOf(chain);
    // libvirt's own lets its guests through, and drops what others send them
    const drops = policy === 'drop' && !/ libvirt/.test(table);
    chains.set(`${table} ${String(name)}`, { table, name: String(name), ...direction, drops, rules: [] });
  }
  for (const { rule } of nftables) {
    if (!isJson(rule) || !Array.isArray(rule.expr)) continue;
    chains
      .get(`${tableOf(rule)} ${String(rule.chain)}`)
      ?.rules.push(ruleOf(rule.expr, sets.get(tableOf(rule)) ?? new Map()));
  }
  return blockedIn(chains, guests);
}

/** Reads `iptables -S`. */
export function blockedByIptables(text: string, guests: Guests): readonly Blocked[] {
  const chains = new Map<string, Chain>();
  const table = 'ip filter';
  for (const line of text.split('\n')) {
    const [flag, name = '', ...words] = line.trim().split(/\s+/);
    if (flag === '-P' || flag === '-N') {
      const direction = name === 'INPUT' ? 'input' : name === 'FORWARD' ? 'forward' : undefined;
      const drops = words[0] === 'DROP';
      chains.set(`${table} ${name}`, { table, name, ...(direction ? { direction } : {}), drops, rules: [] });
    }
    if (flag !== '-A') continue;
    const after = (...flags: string[]): string[] =>
      words.flatMap((word, i) => (flags.includes(word) && words[i - 1] !== '!' ? (words[i + 1] ?? []) : []));
    const [target = ''] = after('-j', '-g');
    const verdict = target === 'ACCEPT' ? 'accept' : target === 'DROP' || target === 'REJECT' ? 'drop' : 'none';
    chains.get(`${table} ${name}`)?.rules.push({
      verdict,
      jumps: [target],
      interfaces: after('-i', '-o'),
      subnets: after('-s', '-d'),
      dns: after('--dport', '--dports').some((ports) => ports.split(',').includes('53')),
      narrow: words.some((word, i) => /^-[iosdpm]$/.test(word) && (words[i - 1] !== '!' || word === '-p')),
    });
  }
  return blockedIn(chains, guests);
}

export interface FirewallView {
  readonly firewall: Firewall | undefined;
  /** undefined: the rules cannot be read by this user. */
  readonly blocked: readonly Blocked[] | undefined;
}

/** Looks as far as this user may. */
export async function lookAtFirewall(machine: Machine, guests: Guests, signal: AbortSignal): Promise<FirewallView> {
  const ask = async (names: readonly string[], ...args: string[]): Promise<string | undefined> => {
    const program = await machine.find(names);
    if (program === undefined) return undefined;
    const { exitCode, stdout } = await machine.run([program, ...args], signal);
    return exitCode === 0 ? stdout : undefined;
  };
  const [nft, iptables, firewalld, ufw] = await Promise.all([
    ask(systemProgram('nft'), '-j', 'list', 'ruleset'),
    ask(systemProgram('iptables'), '-S'),
    ask(['firewall-cmd'], '--state'),
    machine.readFile('/etc/ufw/ufw.conf').catch(() => ''),
  ]);
  const blocked = read(nft, blockedByNft, guests) ?? read(iptables, blockedByIptables, guests);
  const firewall: Firewall | undefined =
    machine.on.id === 'nixos'
      ? 'nixos'
      : firewalld?.trim() === 'running'
        ? 'firewalld'
        : /^ENABLED=yes\s*$/m.test(ufw)
          ? 'ufw'
          : nft !== undefined
            ? 'nftables'
            : iptables !== undefined
              ? 'iptables'
              : undefined;
  return { firewall, blocked };
}

function read<T>(text: string | undefined, parse: (text: string, guests: Guests) => T, guests: Guests): T | undefined {
  try {
    return text === undefined || text.trim() === '' ? undefined : parse(text, guests);
  } catch {
    // A firewall that we do not understand is not one that blocks
    return undefined;
  }
}

/** The rules that let the VMs of a bridge in, in the words of the firewall that drops them, and of Docker where that does. */
export function firewallRemedy(
  firewall: Firewall | undefined,
  bridge: string,
  blocked: readonly Blocked[],
  machine: Pick<Machine, 'facts'>,
): readonly Remedy[] {
  // ufw has its rules in the very chain that Docker closes, and they outlive a boot
  const dockers = firewall === 'ufw' ? [] : blocked.filter(({ docker }) => docker);
  const others = blocked.filter((one) => !dockers.includes(one));
  return [
    ...(others.length > 0 || dockers.length === 0 ? remedyOf(firewall, bridge, others, machine) : []),
    ...(dockers.length > 0 ? remedyOf('docker', bridge, dockers, machine) : []),
  ];
}

function remedyOf(
  firewall: Firewall | 'docker' | undefined,
  bridge: string,
  blocked: readonly Blocked[],
  { facts }: Pick<Machine, 'facts'>,
): readonly Remedy[] {
  const both = (commands: readonly string[]): string => commands.map((command) => asRoot(facts, command)).join(' && ');
  const text = 'Let the VMs through:';
  const untilBoot = 'Let the VMs through (until the next boot; add it to your own rules, too):';
  switch (firewall) {
    case 'nixos':
      return nixHints(facts, { 'networking.firewall.trustedInterfaces': [`"${bridge}"`] });
    case 'firewalld': {
      const add = sh`firewall-cmd --zone=libvirt --add-interface=${bridge}`;
      return [{ text, command: both([add, sh`${add.split(' ')} --permanent`]) }];
    }
    case 'ufw':
      return [{ text, command: both([sh`ufw allow in on ${bridge}`, sh`ufw route allow in on ${bridge}`]) }];
    case 'docker':
      return [
        {
          text: 'Let the VMs through (until the next boot; Docker drops what is not its own):',
          command: both([
            sh`iptables -I DOCKER-USER -i ${bridge} -j ACCEPT`,
            sh`iptables -I DOCKER-USER -o ${bridge} -j ACCEPT`,
          ]),
        },
      ];
    case 'nftables': {
      const rules = blocked.flatMap(({ table, chain, direction }) => [
        sh`nft insert rule ${table.split(' ')} ${chain} iifname ${bridge} accept`,
        ...(direction === 'forward' ? [sh`nft insert rule ${table.split(' ')} ${chain} oifname ${bridge} accept`] : []),
      ]);
      return rules.length === 0 ? [] : [{ text: untilBoot, command: both(rules) }];
    }
    default:
      return [
        {
          text: untilBoot,
          command: both(
            (
              [
                ['INPUT', '-i'],
                ['FORWARD', '-i'],
                ['FORWARD', '-o'],
              ] as const
            ).map((where) => sh`iptables -I ${where} ${bridge} -j ACCEPT`),
          ),
        },
      ];
  }
}
