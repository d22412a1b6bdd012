import { describe, expect, it } from 'vitest';
import { clockLag } from './clock';

describe('clockLag', () => {
  it.each([
    ['1000.250000000 1030.5', 30_250],
    ['1030.5 1000', -30_500],
    ['1000.000000000 1000', 0],
    ['ready', 0],
    ['', 0],
  ])('%j: %d ms', (line, expected) => expect(clockLag(line)).toBe(expected));
});
