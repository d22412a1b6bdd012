import { describe, expect, it } from 'vitest';
import { createStyle, wantsColor } from './color';

const output = (isTTY: boolean): { write: () => void; isTTY: boolean } => ({ write: () => undefined, isTTY });

describe('wantsColor', () => {
  it.each([
    ['a terminal', true, {}, true],
    ['a pipe', false, {}, false],
    ['a dumb terminal', true, { TERM: 'dumb' }, false],
    ['NO_COLOR', true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    ['an empty NO_COLOR', true, { NO_COLOR: '' }, true],
    ['FORCE_COLOR', false, { FORCE_COLOR: '1' }, true],
    ['FORCE_COLOR=0', true, { FORCE_COLOR: '0' }, false],
  ])('%s', (_, tty, env, wanted) => expect(wantsColor(output(tty), env)).toBe(wanted));
});

describe('createStyle', () => {
  it('styles or leaves alone', () => {
    expect(createStyle(true).red('x')).toBe('\x1b[31mx\x1b[39m');
    expect(createStyle(false).red('x')).toBe('x');
    expect(createStyle(true).bold('')).toBe('');
  });
});
