/**
 * Every command of every hint, with whatever a guest, a URL, a file or libvirt may put into it: run by a real shell, in
 * which all there is are programs that write down what they were called with.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completeCommand } from '../caller';
import { k3sVmError, type ErrorCode, type Remedy } from '.';
import { parseOsRelease } from '../host/distribution';
import { fakeFacts } from '../host/fake-host';
import { remedy } from '../host/remedies';
import * as recorded from '../host/recorded/os-release';
import type { HostFacts } from '../host/this-host';
import { nodeCheck } from '../k3s/health';
import { operand, sh } from '../shell-quote';
import { seeded } from '../testing/random';
import { parametersOf, particular, wholeCatalogue } from '../testing/whole-catalogue';

let folder: string;
let canary: string;
const programs = [
  ...['k3s-vm', 'virsh', 'ss', 'df', 'qemu-img', 'kubectl', 'sudo', 'newgrp', 'systemctl', 'rc-service', 'cd', 'npm'],
  ...['usermod', 'modprobe', 'mv', 'virtlogd', 'libvirtd', 'apt-get', 'dnf', 'pacman', 'zypper', 'snap', 'cat', 'date'],
  ...['namei', 'ls', 'nft', 'iptables'],
];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'k3s-vm-hints-'));
  canary = join(folder, 'canary');
  mkdirSync(join(folder, 'bin'));
  const recorder = join(folder, 'recorder');
  writeFileSync(recorder, `#!/bin/sh\nprintf '%s\\0' "\${0##*/}" "$@" '' >>'${join(folder, 'log')}'\necho x\n`, {
    mode: 0o755,
  });
  for (const name of programs) symlinkSync(recorder, join(folder, 'bin', name));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The programs that a command calls, each with its words. */
function calls(command: string): string[][] {
  const log = join(folder, 'log');
  rmSync(log, { force: true });
  // Builtins of the same names must not be what runs
  const script = `cd() { command "${join(folder, 'bin', 'cd')}" "$@"; }\nkill() { cd kill "$@"; }\n${command}`;
  const { stderr } = spawnSync('/bin/sh', ['-c', script], { env: { PATH: join(folder, 'bin') }, encoding: 'utf8' });
  expect(existsSync(canary), `${command} ran something else`).toBe(false);
  expect(stderr, command).toBe('');
  // A command may be one of the shell's own, such as export
  const words = (existsSync(log) ? readFileSync(log, 'utf8') : '').split('\0').slice(0, -1);
  const found: string[][] = [[]];
  for (const word of words) {
    if (word === '') found.push([]);
    else found.at(-1)?.push(word);
  }
  return found.slice(0, -1);
}

const random = seeded(20_241);
const attack = (): string => {
  const bait = random.pick([
    `;:>${canary}`,
    `$(:>${canary})`,
    `\`:>${canary}\``,
    `\n:>${canary}\n`,
    `|:>${canary}`,
    `&& :>${canary} &&`,
    `&& k3s-vm $(:>${canary})`,
    `\x03\n:>${canary}\n`,
  ]);
  const noise = (): string => random.text(`ab '"\\$();|&<>*~!#=%\`\n\x1b\x07\x9b-é`, 5);
  return (
    random.pick(['', '-', '--', "'", '"', '\\', "\\'", '"$(']) +
    noise() +
    bait +
    noise() +
    random.pick(['', "'", ';', '\\'])
  );
};

type Make = (typeof wholeCatalogue)[number][1];

function hintsOf(code: string, make: Make, text: (key: string) => string): readonly Remedy[] {
  // What is a command already is quoted by whoever made it
  const filled = (key: string): string =>
    key === 'command' || key === 'help' ? sh`k3s-vm ${operand(text(key))}` : text(key);
  const { hints } = make(particular[code as ErrorCode]?.(text) ?? parametersOf(filled));
  return hints.map(({ command, ...hint }) => (command === undefined ? hint : { ...hint, command: String(command) }));
}

/** The last part of a URL holds a file's name. */
const inUrl = (key: string, text: string): string =>
  key === 'url' ? `https://mirror.example/${encodeURIComponent(text)}` : text;

/** Options of the programs above that take a value. */
const valued = ['-c', '--pool', '--name', '--k3s-version'];

/** Calls the same programs with the same words as the plain command, with the attacks in their places. */
function expectSame(plain: string, hostile: string, values: ReadonlyMap<string, string>): void {
  const filled = calls(plain).map((words) =>
    words.map((word) => word.replace(/zz-(\w+)-zz/g, (_, key: string) => values.get(key) ?? '?')),
  );
  const called = calls(hostile);
  const found = called.map((words) =>
    // What looks like an option stands after "--", which a plain word does without
    words.filter((word, i) => word !== '--' || words[i + 1]?.startsWith('-') !== true || filled.flat().includes('--')),
  );
  expect(found, hostile).toEqual(filled);
  expect(hostile, 'raw control characters').not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  const foreign = new Set(values.values());
  for (const words of called) {
    const isOption = (word: string, i: number): boolean =>
      foreign.has(word) && word.startsWith('-') && words[i - 1] !== '--' && !valued.includes(words[i - 1] ?? '');
    expect(words.filter(isOption), `options in ${hostile}`).toEqual([]);
  }
}

const fill = (): { values: ReadonlyMap<string, string>; text: (key: string) => string } => {
  const values = new Map<string, string>();
  const text = (key: string): string => {
    if (!values.has(key)) values.set(key, attack());
    return values.get(key) ?? '';
  };
  return { values, text };
};

const rounds = 4;

describe('a hint runs what it says and nothing else, whatever it is given:', () => {
  it.each(wholeCatalogue)('%s', (code, make) => {
    const plain = hintsOf(code, make, (key) => inUrl(key, `zz-${key}-zz`));
    for (let round = 0; round < rounds; round++) {
      const { values, text } = fill();
      const hostile = hintsOf(code, make, (key) => inUrl(key, text(key)));
      expect(hostile.length).toBe(plain.length);
      for (const [i, { command }] of hostile.entries()) {
        const same = plain[i]?.command;
        if (command !== undefined && same !== undefined && command !== same) expectSame(same, command, values);
      }
    }
  });

  it('a node that calls itself as it likes', () => {
    const uncordon = (name: string): string =>
      nodeCheck([
        {
          metadata: { name },
          spec: { unschedulable: true },
          status: { conditions: [{ type: 'Ready', status: 'True' }] },
        },
      ]).fix?.command ?? '';
    for (let round = 0; round < rounds; round++) {
      const { values, text } = fill();
      expectSame(uncordon('zz-node-zz'), uncordon(text('node')), values);
    }
  });

  it.each(['libvirt-group', 'kvm-group'] as const)('a user name: %s', (what) => {
    const join = (user: string): string => {
      const host: HostFacts = { ...fakeFacts, user };
      return remedy(what, parseOsRelease(recorded.debian12), host)[0]?.command ?? '';
    };
    for (let round = 0; round < rounds; round++) {
      const { values, text } = fill();
      expectSame(join('zz-user-zz'), join(text('user')), values);
    }
  });

  it('as it is typed here, with a path and a project that are no better', () => {
    for (let round = 0; round < 4 * rounds; round++) {
      const { text } = fill();
      const project = text('project');
      const [hint] = k3sVmError('DOWNLOAD_FAILED', {
        url: `https://m/${encodeURIComponent(text('file'))}`,
        why: '',
      }).hints.slice(-1);
      const typed = completeCommand(`${hint?.command ?? ''} && k3s-vm restart`, {
        program: 'k3s-vm',
        wrappers: '/opt/bin',
        options: [['--project', project]],
      });
      expect(calls(typed), typed).toEqual([
        ['k3s-vm', '--project', project, 'cache', 'import', ...operand(text('file'))],
        ['k3s-vm', '--project', project, 'restart'],
      ]);
    }
  });

  it('a URL whose escapes are none', () =>
    expect(k3sVmError('OFFLINE', { what: 'x', url: 'https://m/%zz?a=/b' }).hints.at(-1)?.command).toBe(
      'k3s-vm cache import %zz',
    ));
});
