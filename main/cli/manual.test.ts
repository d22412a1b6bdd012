import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { man } from '../../package.json';
import { commandTable, globalOptions, leafCommands } from './command-table';
import { manual } from './manual';

const pages = manual();
/** A page as its text would be typed: without fonts and escapes. */
const plain = (page: string): string => (pages[page] ?? '').replace(/\\f[BIR]|\\&/g, '').replaceAll('\\-', '-');

describe('the manual', () => {
  it('has a page for every command, which the first one lists', () => {
    expect(Object.keys(pages)).toEqual(['k3s-vm.1', ...commandTable.map(({ name }) => `k3s-vm-${name}.1`)]);
    for (const { name } of commandTable) expect(plain('k3s-vm.1')).toContain(`\nk3s-vm-${name}(1)\n`);
  });

  it('is what npm links for man: it takes no pattern, so package.json names each page', () => {
    expect(man).toEqual(Object.keys(pages).map((page) => `dist/share/man/man1/${page}`));
  });

  it('has every option, argument and example', () => {
    const long = (flags: string): string => /--[\w-]+/.exec(flags)?.[0] ?? '';
    for (const { flags } of globalOptions) expect(plain('k3s-vm.1')).toContain(long(flags));
    for (const [name, { options = [], arguments: args = [], examples }] of leafCommands) {
      const page = plain(`k3s-vm-${name.split(' ')[0] ?? ''}.1`);
      for (const { flags } of options) expect(page).toContain(long(flags));
      for (const argument of args) expect(page).toContain(`\n.TP\n${argument.name.replace(/[<>[\].]/g, '')}\n`);
      expect(page).toContain(`k3s-vm ${name}`);
      expect(page.match(/^k3s-vm [a-z].*$/gm)?.length).toBeGreaterThanOrEqual(examples.length);
    }
  });

  it('is ASCII, and no text of ours becomes a request to roff', () => {
    for (const text of Object.values(pages)) {
      expect(text).toMatch(/^[\n\x20-\x7e]+$/);
      for (const line of text.split('\n')) expect(line).toMatch(/^(?:[^.']|\.(?:TH|SH|SS|TP|PP)(?: |$)|$)/);
    }
  });
});

describe.runIf(spawnSync('man', ['--version']).status === 0)('man', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'k3s-vm-man-'));
    // In one file: man takes a second for each, on a busy machine
    writeFileSync(join(folder, 'all.1'), Object.values(pages).join(''));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('warns of nothing, and shows options as they are typed', () => {
    const env = { PATH: process.env.PATH, HOME: folder, LC_ALL: 'C.UTF-8', MANWIDTH: '80', MANROFFOPT: '-ww' };
    const { status, stdout, stderr } = spawnSync('man', ['--warnings', '-P', 'cat', '-l', join(folder, 'all.1')], {
      encoding: 'utf8',
      env,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const text = stdout.replace(/\x1b\[[\d;]*m|.\x08/g, '');
    expect(text).toMatch(/^ +k3s-vm reset --recreate/m);
    expect(text).toMatch(/^ +-f, --follow/m);
  });
});
