import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from './nearest';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['abc', '', 3],
    ['kitten', 'sitting', 3],
    ['memroy', 'memory', 1],
  ])('from %j to %j is %d', (a, b, distance) => expect(editDistance(a, b)).toBe(distance));
});

describe('nearest', () => {
  const candidates = ['memory', 'stopTimeout', 'k3s.version'];
  it.each([
    ['memroy', 'memory'],
    ['stop_timeout', 'stopTimeout'],
    ['STOP-TIMEOUT', 'stopTimeout'],
    ['k3sversion', 'k3s.version'],
  ])('takes %j for %j', (word, meant) => expect(nearest(word, candidates)).toBe(meant));
  it('names nothing that is far off', () => expect(nearest('colour', candidates)).toBeUndefined());
});
