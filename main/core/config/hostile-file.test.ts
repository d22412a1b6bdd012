/**
 * Configuration files that are made to hang, fill or confuse whoever reads them.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { tempFolder } from '../testing/temp-folder';
import type { K3sVmError } from '../errors';
import { seeded } from '../testing/random';
import { setInFile, unsetInFile } from './edit';
import { loadConfig } from './load';
import { readConfigFile } from './read-file';

let root: string;
let project: string;
let files: { readonly project: string; readonly user: string };
beforeEach(() => {
  root = tempFolder();
  project = join(root, 'shop');
  files = { project: join(project, 'k3s-vm.yaml'), user: join(root, '.config/k3s-vm/config.yaml') };
  mkdirSync(project);
  mkdirSync(join(root, '.config/k3s-vm'), { recursive: true });
});

const load = (): Promise<string> =>
  loadConfig({ cwd: project, env: { HOME: root } }).then(
    () => 'loaded',
    (error: K3sVmError) => `${error.code}: ${error.message}`,
  );
const limit = 256 * 1024;
const filled = (text: string): string => text.repeat(Math.floor(limit / text.length));
const numbered = (count: number, line: (i: number) => string, separator = '\n'): string =>
  Array.from({ length: count }, (_, i) => line(i)).join(separator);

describe.each(['project', 'user'] as const)('the %s file', (which) => {
  it('is not waited for where it is a FIFO', async () => {
    execFileSync('mkfifo', [files[which]]);
    expect(await load()).toContain(`${files[which]} has a problem:\n  is not a regular file`);
    await expect(setInFile(files[which], which, 'cpus', '3')).rejects.toThrow(/not a regular file/);
    await expect(unsetInFile(files[which], which, 'cpus')).rejects.toThrow(/not a regular file/);
  });

  it.each(['/dev/zero', '/dev/null', '/'])('is not read where it leads to %s', async (target) => {
    symlinkSync(target, files[which]);
    expect(await load()).toContain('CONFIG_INVALID');
  });

  it('may be a symlink to a file', async () => {
    writeFileSync(join(root, 'real.yaml'), 'cpus: 3\n');
    symlinkSync(join(root, 'real.yaml'), files[which]);
    expect(await load()).toBe('loaded');
  });

  it('may have 256 KiB, and no more', async () => {
    writeFileSync(files[which], '#'.repeat(limit));
    expect(await load()).toBe('loaded');
    writeFileSync(files[which], '#'.repeat(limit + 1));
    expect(await load()).toContain('is larger than 256 KiB');
    symlinkSync('/proc/self/environ', join(root, 'grown'));
    expect(await readConfigFile(join(root, 'grown'))).toContain('PATH=');
  });
});

describe('YAML', () => {
  it('within itself, or with keys that are no words, is told by its line', async () => {
    writeFileSync(files.project, 'cpus: 2\nk3s:\n  config: &a { b: [*a] }\n');
    expect(await load()).toContain(`${files.project}:3:20: *a refers to a value that contains it`);
    writeFileSync(files.project, 'k3s: &b { config: { a: *b } }\n');
    expect(await load()).toContain('*b refers to a value that contains it');
    for (const key of [
      '? [a]\n: 1',
      '? {a: b}\n: 1',
      '&a {? *a : 1}',
      '? !!binary YQ==\n: 1',
      '%YAML 1.1\n---\n? !!set {a}\n: 1',
    ]) {
      writeFileSync(files.project, `${key}\n`);
      expect(await load(), key).toContain('CONFIG_INVALID');
    }
  });

  it('that multiplies itself is refused, a plain alias is not', async () => {
    const bomb = numbered(12, (i) => `  a${i}: &x${i} [${i === 0 ? '1' : numbered(9, () => `*x${i - 1}`, ',')}]`);
    writeFileSync(files.project, `k3s:\n config:\n${bomb}\n`);
    expect(await load()).toContain('uses aliases too often');
    writeFileSync(files.project, 'cpus: &n 2\nk3s: { config: { a: *n } }\n');
    expect(await load()).toBe('loaded');
  });

  it('that names what every object has is data', async () => {
    writeFileSync(files.project, 'k3s: { config: { __proto__: { polluted: 1 }, constructor: 2 } }\n');
    expect(await load()).toBe('loaded');
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    writeFileSync(files.project, '__proto__: { cpus: 3 }\n');
    expect(await load()).toContain('unknown key "__proto__"');
  });

  it('of up to 256 KiB is answered at once, whatever it holds', { timeout: 120_000 }, async () => {
    const hostile = [
      ...[
        '[',
        '{',
        '- ',
        '? ',
        ': ',
        '&a ',
        '*a ',
        '!t ',
        '"',
        '%a\n',
        '{}\n',
        '}\n',
        '\n',
        'a: ',
        'a: b: c\n',
        '@ \n',
        'a:\n# x\n',
      ].map(filled),
      numbered(50_000, (i) => `${i.toString(36)}:`).slice(0, limit),
      `{${numbered(60_000, (i) => i.toString(36), ',').slice(0, limit - 2)}}`,
      `${'['.repeat(limit / 2)}${']'.repeat(limit / 2)}`,
      // As many as are let through
      numbered(4000, (i) => `${i.toString(36)}:`),
      `k3s: { config: {${numbered(4000, (i) => `k${i}: 1`, ',')}} }`,
      `k3s: { config: ${'{a: '.repeat(3000)}1${'}'.repeat(3000)} }`,
      numbered(4000, (i) => `&a${i} k${i}: *a${Math.max(0, i - 1)}`),
    ];
    for (const text of hostile) {
      writeFileSync(files.project, text);
      // The processor's time, as tests run side by side
      const before = process.cpuUsage();
      const answer = await load();
      const { user } = process.cpuUsage(before);
      expect(answer, text.slice(0, 40)).toMatch(/^(loaded|CONFIG_INVALID)/);
      expect(answer.length, text.slice(0, 40)).toBeLessThan(20_000);
      expect(user / 1e6, text.slice(0, 40)).toBeLessThan(3);
    }
  });

  it('of any kind loads or is refused by name: 500 random files', { timeout: 60_000 }, async () => {
    const random = seeded(8);
    const words = [
      'cpus',
      'k3s',
      'config',
      ':',
      ': ',
      '\n',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      ',',
      '&a',
      '*a',
      '!!set ',
      '!!binary ',
      '|',
      '>',
      '"',
      "'",
      '?',
      '#',
      '%YAML 1.1\n',
      '---\n',
      '<<',
      '\t',
      '\u0000',
      '\u2028',
      '2',
      'null',
      '~',
      '2001-01-01',
      '.inf',
      '__proto__',
    ];
    const warnings: Error[] = [];
    const onWarning = (warning: Error): number => warnings.push(warning);
    process.on('warning', onWarning);
    for (let i = 0; i < 500; i += 1) {
      writeFileSync(files.project, Array.from({ length: random.int(30) }, () => random.pick(words)).join(''));
      expect(await load()).toMatch(/^(loaded|CONFIG_INVALID)/);
    }
    process.off('warning', onWarning);
    // The library would print the file's own text
    expect(warnings).toEqual([]);
  });
});
