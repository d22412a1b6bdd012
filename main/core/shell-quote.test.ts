import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { findProgram } from './host/find-program';
import { outsideQuotes, quoteRaw, sh, shellQuote } from './shell-quote';
import { seeded } from './testing/random';

const alphabet = `ab '"\\$();|&<>*?[]{}~!#=%^\`\n\t\r\x01\x03\x1b\x7f\x9b-ü漢😀\u202e`;

/** What a shell makes of words. */
const read = (shell: string, words: readonly string[]): string[] =>
  execFileSync(shell, ['-c', `printf '%s\\0' ${words.map(shellQuote).join(' ')}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);

describe('shellQuote', () => {
  it.each([
    ['plain', 'plain'],
    ['/a/b.c:d@e,f=g', '/a/b.c:d@e,f=g'],
    ['', `''`],
    ['a b', `'a b'`],
    [`it's`, `'it'\\''s'`],
    ['=ls', `'=ls'`],
    ['~', `'~'`],
    ['\x03x\n', `"$(printf '\\003')"'x\n'`],
    ['a\0b', `'ab'`],
  ])('%j is %s', (word, expected) => expect(shellQuote(word)).toBe(expected));

  it.each(['sh', 'bash', 'zsh', 'fish'])('is read back by %s', async (shell) => {
    if ((await findProgram([shell])) === undefined) return;
    const random = seeded(7);
    const words = Array.from({ length: 60 }, () => random.text(alphabet, 12));
    expect(read(shell, words)).toEqual(words);
  });

  it('leaves nothing that a terminal takes for a key', () => {
    const random = seeded(8);
    for (let i = 0; i < 500; i++)
      expect(shellQuote(random.text(alphabet, 12))).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  });
});

describe('sh', () => {
  it('quotes every value', () =>
    expect(sh`k3s-vm config set ${'a;b'} ${3} -- ${['x', 'y z']}`).toBe(`k3s-vm config set 'a;b' 3 -- x 'y z'`));
  it('is the text itself without any', () => expect(sh`k3s-vm doctor`).toBe('k3s-vm doctor'));
});

describe('outsideQuotes', () => {
  it('touches nothing that is quoted', () =>
    expect(outsideQuotes(sh`a ${`b' a`} a`, (text) => text.replaceAll('a', 'X'))).toBe(`X 'b'\\'' a' X`));
});

describe('a raw word', () => {
  it.each(['a b', "it's", 'c:\\x', '$HOME', 'a;b', '"', '', '\x01'])('is read back as it is: %j', (word) => {
    expect(execFileSync('sh', ['-c', `printf %s ${quoteRaw(word)}`], { encoding: 'utf8' })).toBe(word);
  });

  it('of virsh is not touched by what only a shell knows', () => {
    // virsh takes quotes and backslashes away, and nothing else
    expect(quoteRaw('a\x07 b')).toBe(`'a\x07 b'`);
  });
});
