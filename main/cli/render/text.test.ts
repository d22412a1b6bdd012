import { describe, expect, it } from 'vitest';
import { displayWidth, formatAgo, formatElapsed, jsonText, printable, printableStyled, truncate, wrap } from './text';

describe('displayWidth', () => {
  it.each([
    ['abc', 3],
    ['\x1b[31mabc\x1b[39m', 3],
    ['日本', 4],
    ['e\u0301', 1],
    ['✓…', 2],
  ])('of %j is %d', (text, width) => expect(displayWidth(text)).toBe(width));
});

describe('truncate', () => {
  it('keeps what fits', () => expect(truncate('abc', 3)).toBe('abc'));
  it('marks what is lost', () => expect(truncate('abcdef', 4)).toBe('abc…'));
  it('never cuts a wide character in two', () => expect(truncate('日本語', 4)).toBe('日…'));
  it('ends the styles it began', () => expect(truncate('\x1b[31mabcdef\x1b[39m', 3)).toBe('\x1b[31mab…\x1b[0m'));
  it('has nothing to show in no columns', () => expect(truncate('abc', 0)).toBe(''));
});

describe('printable', () => {
  it('keeps lines and makes the rest harmless', () =>
    expect(printable('a\r\nb\tc\x1b[2J\x07\u202e')).toBe('a\nb    c\\x1b[2J\\x07\\x202e'));
});

describe('printableStyled', () => {
  it('keeps our styles and nothing else', () =>
    expect(printableStyled('\x1b[31mred\x1b[39m\x1b[2J\x1b]0;x\x07\n')).toBe(
      '\x1b[31mred\x1b[39m\\x1b[2J\\x1b]0;x\\x07\n',
    ));
});

describe('jsonText', () => {
  it('is the same value, and harmless', () => {
    const value = { a: 'x\x1b[2J\x9b2J\x7f\u202e' };
    expect(JSON.parse(jsonText(value))).toEqual(value);
    expect(jsonText(value)).not.toMatch(/[^\x20-\x7e]/);
  });
});

describe('wrap', () => {
  it('breaks at words, keeps indents and long words', () => {
    expect(wrap('  one two three', 9)).toEqual(['  one two', '  three']);
    expect(wrap('a https://example/very/long b', 8)).toEqual(['a', 'https://example/very/long', 'b']);
    expect(wrap('a\n\nb', 8)).toEqual(['a', '', 'b']);
  });
});

describe('times', () => {
  it.each([
    [0, '0.0 s'],
    [440, '0.4 s'],
    [9949, '9.9 s'],
    [9999, '10 s'],
    [59_400, '59 s'],
    [59_600, '1 min 00 s'],
    [63_000, '1 min 03 s'],
    [7_500_000, '2 h 05 min'],
  ])('%d ms is %s', (ms, text) => expect(formatElapsed(ms)).toBe(text));

  it.each([
    [0, 'just now'],
    [59, '59 s ago'],
    [60, '1 min ago'],
    [7300, '2 h ago'],
    [200_000, '2 days ago'],
  ])('%d seconds back is %s', (seconds, text) =>
    expect(formatAgo('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:00:00Z') + seconds * 1000)).toBe(text),
  );
  it('shows a time it cannot read as it is', () => expect(formatAgo('soon', 0)).toBe('soon'));
});
