/**
 * Every remedy there is: its command is one that we have, goes to the right cluster, its fix exists, and its page opens.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../cli/program';
import { isOutsideLink } from '../../desktop/outside-links';
import { completeCommand } from '../caller';
import { isSettingName } from '../config/settings';
import { fakeFacts } from '../host/fake-host';
import { hostFixes } from '../host/fixes';
import { nodeCheck, pressureCheck, workloadsCheck } from '../k3s/health';
import { parseOsRelease } from '../host/distribution';
import { remedy, type RemedyFor } from '../host/remedies';
import * as releases from '../host/recorded/os-release';
import type { HostFacts } from '../host/this-host';
import { parametersOf, particular, wholeCatalogue } from '../testing/whole-catalogue';
import { clusterFixIds, isHostFix, type ErrorCode, type Remedy } from '.';

/** Parameters that choose between remedies, beside those that most errors make do with. */
const variants: readonly (readonly [code: ErrorCode, parameters: object])[] = [
  ...['setup', 'suspend', 'start', 'restart'].map((operation) => ['CANCELLED', { operation }] as const),
  ['NETWORK_MISSING', { network: 'default' }],
  ['NETWORK_COLLISION', { network: 'k3s-vm', other: 'x', uri: 'qemu:///system', own: true }],
  ['NETWORK_COLLISION', { network: 'k3s-vm', other: 'x', uri: 'qemu:///system', moveTo: '192.168.150.0/24' }],
  ['DAEMON_NOT_RUNNING', { uri: 'qemu:///system' }],
  ['INSTALLATION_FAILED', { command: 'sudo apt-get update', output: 'E: dpkg was interrupted' }],
  ['ADDRESS_STRANDED', { name: 'x', address: 'x', network: 'x', subnet: 'x', uri: 'x', suspended: true }],
  ['PORT_IN_USE', { port: 1, use: 'ssh' }],
  ['PORT_IN_USE', { port: 1, use: 'nodePorts' }],
  ['BUSY', { name: 'x', operation: 'setup' }],
  ['K3S_FAILED', { detail: 'x', masked: true }],
  ['OFFLINE', { what: 'x', url: 'https://mirror.example/channels' }],
];

const make = new Map(wholeCatalogue);
const ofErrors = [
  ...wholeCatalogue.map(([code, of]) => {
    const text = (key: string): string =>
      key === 'help' || key === 'command' ? 'k3s-vm reset' : key === 'url' ? 'https://mirror.example/a.qcow2' : 'x';
    return of(particular[code as ErrorCode]?.(text) ?? parametersOf(text));
  }),
  ...variants.map(([code, parameters]) => make.get(code)?.(parameters)),
].flatMap((error) => error?.hints ?? []);

const host: HostFacts = { ...fakeFacts, exists: () => true };
const missing: readonly RemedyFor[] = ['libvirt', 'qemu', 'dnsmasq', 'kubectl', 'k9s', 'ssh', 'flock', 'start-libvirt'];
const ofHosts = Object.values(releases).flatMap((text) =>
  missing.flatMap((what) => remedy(what, parseOsRelease(text), host)),
);

const node = (spec: object, conditions: readonly object[]): never =>
  ({ metadata: { name: 'n' }, spec, status: { conditions } }) as never;
const ofClusters = [
  nodeCheck([]),
  nodeCheck([node({ unschedulable: true }, [{ type: 'Ready', status: 'True' }])]),
  ...['Memory', 'Disk', 'PID'].map((kind) => pressureCheck([node({}, [{ type: `${kind}Pressure`, status: 'True' }])])),
  workloadsCheck([], [], []),
].flatMap(({ fix }) => fix ?? []);

/** Commands that are written out in the sources, of remedies that take more than a call to be had. */
const written = readdirSync('main', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.includes('.test.') && !path.includes('testing'))
  .flatMap((path) => [
    ...readFileSync(join('main', path), 'utf8').matchAll(
      /(?:\brun\(\s*|\bcommand: |\bhelp: )(?:sh)?(['"`])((?:k3s-vm|kubectl|k9s)\b.*?)\1/g,
    ),
  ])
  .flatMap(([, , command = '']) => (command.includes('${') ? [] : command));

const remedies: readonly Remedy[] = [...ofErrors, ...ofHosts, ...ofClusters];
const commands = [...new Set([...remedies.flatMap(({ command }) => command?.toString() ?? []), ...written])];

/** The single commands of a line. Quoted words count as one. */
const parts = (command: string): string[][] =>
  command.split(' && ').map((part) => (part.match(/'[^']*'|[^\s']+/g) ?? []).map((word) => word.replaceAll("'", '')));

async function parse(args: readonly string[]): Promise<void> {
  const program = createProgram({
    execute: ({ name, args: [key = ''] }) => {
      if (/^config (set|unset|get)$/.test(name)) expect(isSettingName(key), key).toBe(true);
      return Promise.resolve();
    },
    write: () => undefined,
    columns: 80,
    color: false,
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    // Help that was asked for
    if (!(error instanceof CommanderError && error.exitCode === 0)) throw error;
  }
}

describe('a remedy', () => {
  it('is looked at in all its kinds', () => {
    expect(commands.filter((command) => command.startsWith('k3s-vm')).length).toBeGreaterThan(50);
    expect(commands.filter((command) => command.startsWith('kubectl')).length).toBeGreaterThan(1);
  });

  it.each(commands.filter((command) => command.includes('k3s-vm')))(
    'is a command that there is: %s',
    async (command) => {
      for (const [program, ...args] of parts(command)) if (program === 'k3s-vm') await parse(args);
    },
  );

  it.each(commands.filter((command) => /\b(kubectl|k9s)\b/.test(command)))(
    'stays off other clusters: %s',
    (command) => {
      const caller = { program: 'bin/k3s-vm', wrappers: '/opt/bin', options: [['--project', '/p']] as const };
      const complete = completeCommand(command, caller);
      expect(complete).not.toMatch(/(^|&& )(kubectl|k9s)( |$)/);
      if (/^(kubectl|k9s)/.test(command))
        expect(complete).toMatch(/^K3S_VM_PROJECT=\/p \/opt\/bin\/(kubectl|k9s)( |$)/);
    },
  );

  it('names a fix that there is', () => {
    const ids = remedies.flatMap(({ fixId }) => fixId ?? []);
    expect(ids).toContain('start-network');
    for (const id of ids) expect(isHostFix(id) ? hostFixes[id].run : clusterFixIds.includes(id)).toBeTruthy();
  });

  it('names a page that may be opened', () => {
    const pages = remedies.flatMap(({ page }) => page ?? []);
    expect(pages.length).toBeGreaterThan(0);
    for (const page of pages) expect(isOutsideLink(page), page).toBe(true);
  });

  it('says what it does, as the lead of its command', () => {
    for (const { text, command } of remedies) {
      expect(text).not.toBe('');
      if (command !== undefined) expect(text, command).toMatch(/:$/);
    }
  });

  it.each(wholeCatalogue)('is there for %s', (code, of) =>
    expect(of(particular[code as ErrorCode]?.(() => 'x') ?? parametersOf(() => 'x')).hints.length).toBeGreaterThan(0),
  );
});
