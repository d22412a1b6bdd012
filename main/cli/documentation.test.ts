/**
 * README, help and code agree.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exitStatus } from '../core/errors';
import { settingNames, settings } from '../core/config/settings';
import { toText } from '../core/config/text';
import { parseSize } from '../core/config/units';
import { commandTable } from './command-table';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
/** First cells of a table's rows, and the rows. */
const rows = (heading: string): string[] => {
  const section = readme.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return section.split('\n').filter((line) => line.startsWith('| `'));
};
const named = (row: string): string[] => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map((m) => m[1] ?? '');

describe('README', () => {
  it('has a row for every command, and no other', () => {
    const inTable = new Set(commandTable.map(({ name }) => name.split(' ')[0]));
    expect(new Set(rows('Commands').flatMap(named))).toEqual(inTable);
  });

  it('has a row for every setting, and no other', () => {
    expect(rows('Configuration').flatMap(named).sort()).toEqual([...settingNames].sort());
  });

  it.each(['cpus', 'memory', 'disk', 'image', 'wait', 'egressProbe', 'network', 'pool'] as const)(
    'tells the default of %s',
    (key) => {
      const cell = rows('Configuration')
        .find((row) => named(row).includes(key))
        ?.split('|')[2];
      const told = /`([^`]+)`/.exec(cell ?? '')?.[1] ?? '';
      const real = settings[key].default;
      if (settings[key].kind === 'size') expect(parseSize(told)).toBe(real);
      else expect(told).toBe(toText(key, real));
    },
  );

  it('promises the Node.js that package.json names, as bin/k3s-vm does', () => {
    const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    const oldest = engines.node.replace('>=', '');
    const promised = [...`${readme}${read('bin/k3s-vm')}`.matchAll(/Node\.js (\d+\.\d+) or newer/g)].map((m) => m[1]);
    expect(promised.length).toBeGreaterThan(2);
    expect(new Set(promised)).toEqual(new Set([oldest]));
  });

  it('names every exit status', () => {
    const sentence = /Exit status:[\s\S]*?\n\n/.exec(readme)?.[0] ?? '';
    const told = [...sentence.matchAll(/(?:^|[ ,])(\d+) [a-z]/gm)].map((m) => Number(m[1]));
    expect(told.sort((a, b) => a - b)).toEqual(Object.values(exitStatus).sort((a, b) => a - b));
  });
});
