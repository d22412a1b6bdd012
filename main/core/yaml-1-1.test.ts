import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { hasPyYaml, readByPyYaml } from './testing/pyyaml';
import { seeded, type Random } from './testing/random';
import { yaml11 } from './yaml-1-1';

/** What some reader takes for something else when it stands there unquoted. */
const treacherous = [
  ...['yes', 'No', 'ON', 'off', 'y', 'N', 'true', 'False', 'null', 'Null', '~', ''],
  ...[
    '010',
    '0o10',
    '0x1F',
    '0b101',
    '1_000',
    '1,000',
    '12e03',
    '1e3',
    '.5',
    '5.',
    '.inf',
    '-.INF',
    '.NaN',
    '+1',
    '-0',
  ],
  ...['52:54:00:55:58:59', '190:20:30', '190:20:30.15', '2001-01-01', '2001-12-14t21:59:43.10-05:00'],
  ...['=', '<<', '-', '- a', '? a', ': a', 'a: b', 'a #b', '#a', '&a', '*a', '!a', '!!str 1', '|', '>', '%YAML 1.1'],
  ...['@a', '`a', '"', "'", "it's", '\\', '\\n', '[a]', '{a: b}', '---', '...', ' a', 'a ', 'a\nb', 'a\n', '\n', '\t'],
  ...['\r\n', '\u0000', '\u0007', '\u001b[31m', '\u007f', '\u0085', '\u00a0', '\u2028', '\u2029', '\ufeff', '\uffff'],
  ...['Größe', '日本', '😀', '\u{10ffff}', 'x'.repeat(2000)],
];

const numbers = [0, 1, -1, 8, 0.1, -2.5, 1e21, 1.5e300, 1e-7, -1.25e-9, Number.MAX_SAFE_INTEGER, Number.MIN_VALUE];

function text(random: Random): string {
  return random.int(3) > 0
    ? random.pick(treacherous)
    : random.text('yesnoff0123456789_.:-+eE~=<#&*!|>\'"%@`[]{}, \n\té😀', 12);
}

function value(random: Random, depth: number): unknown {
  const kind = random.int(depth > 0 ? 8 : 5);
  if (kind < 3) return text(random);
  if (kind === 3) return random.pick([true, false, null]);
  if (kind === 4) return random.pick(numbers);
  const size = random.int(4);
  if (kind === 5) return Array.from({ length: size }, () => value(random, depth - 1));
  return Object.fromEntries(Array.from({ length: size }, () => [text(random).slice(0, 200), value(random, depth - 1)]));
}

const random = seeded(1);
const values = [
  ...treacherous,
  ...treacherous.map((word) => ({ [word.slice(0, 200)]: word, list: [word, [word]] })),
  ...numbers,
  ...Array.from({ length: 1500 }, () => value(random, 4)),
];

describe('what is written for YAML 1.1', () => {
  it.runIf(hasPyYaml)('is read back as it was by PyYAML, which cloud-init uses (python3-yaml)', () => {
    const read = readByPyYaml(values.map(yaml11));
    for (const [i, expected] of values.entries()) expect(read[i], yaml11(expected)).toEqual(expected);
  });

  it.each(['1.1', '1.2'] as const)('is read back as it was by YAML %s of another library', (version) => {
    for (const expected of values) expect(parse(yaml11(expected), { version }), yaml11(expected)).toEqual(expected);
  });

  it('is ASCII, and shows keys as people write them', () => {
    expect(yaml11(values)).toMatch(/^[\n -~]*$/);
    expect(yaml11({ 'tls-san': ['ü'], disable: [], x: { y: 1 }, none: undefined })).toBe(
      'tls-san:\n  - "\\u00fc"\ndisable: []\nx:\n  "y": 1\n',
    );
  });
});
