import { describe, expect, it } from 'vitest';
import { table } from './table';

describe('table', () => {
  it('aligns columns', () =>
    expect(
      table(
        [
          ['a', 'bb'],
          ['ccc', 'd'],
        ],
        { header: ['X', 'Y'] },
      ),
    ).toBe('X    Y\na    bb\nccc  d'));
  it('counts columns, not characters', () =>
    expect(
      table([
        ['日本', 'x'],
        ['\x1b[1mab\x1b[22m', 'y'],
      ]),
    ).toBe('日本  x\n\x1b[1mab\x1b[22m    y'));
  it('cuts the flexible column to the terminal', () => {
    const text = table([['name', 'a long path that does not fit']], { width: 20 });
    expect(text).toBe('name  a long path t…');
    expect(table([['a long name here', 'x']], { width: 13, flexible: 0 })).toBe('a long na…  x');
  });
  it('is empty without rows', () => expect(table([])).toBe(''));
});
