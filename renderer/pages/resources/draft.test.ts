import { describe, expect, it } from 'vitest';
import { resources as strings } from '../../strings';
import { inputText, inWords, lineOf, linesOf, parseAmount, wantedAmounts } from './draft';
import { resources } from './resources.fixture';
import { GiB, MiB } from './scale';

describe('amounts as text', () => {
  it('are whole CPUs and GiB in whole MiB', () => {
    expect(parseAmount('cpus', ' 6 ')).toBe(6);
    expect(parseAmount('cpus', '1.5')).toBeUndefined();
    expect(parseAmount('memoryBytes', '6,5')).toBe(6.5 * GiB);
    expect(parseAmount('memoryBytes', '2.93')).toBe(3000 * MiB);
    for (const text of ['', 'four', '-1', '1e9', '4 GB']) expect(parseAmount('diskBytes', text)).toBeUndefined();
  });

  it('are written without needless digits', () => {
    expect(inputText('memoryBytes', 4 * GiB)).toBe('4');
    expect(inWords('memoryBytes', 4.25 * GiB)).toBe('4.25 GiB');
    expect(inWords('cpus', 1)).toBe('1 CPU');
  });
});

describe('the draft over the latest answer', () => {
  it('changes nothing while it is empty', () => {
    expect(linesOf(resources, {}).some(({ isChanged }) => isChanged)).toBe(false);
    expect(wantedAmounts(resources, linesOf(resources, {}))).toEqual(resources.configured);
  });

  it('keeps an edit when new limits arrive, and says what is wrong with it under them', () => {
    const draft = { diskBytes: '30' };
    expect(lineOf('diskBytes', resources, draft)).toMatchObject({ value: 30 * GiB, problem: null, isChanged: true });
    const grown = {
      ...resources,
      actual: { ...resources.configured, diskBytes: 40 * GiB },
      limits: { ...resources.limits, diskBytes: { min: 40 * GiB, max: 120 * GiB } },
    };
    expect(lineOf('diskBytes', grown, draft)).toMatchObject({
      text: '30',
      value: 40 * GiB,
      problem: strings.tooSmallDisk('40 GiB'),
    });
  });

  it('is no change any more once the same was configured elsewhere', () => {
    const elsewhere = { ...resources, configured: { ...resources.configured, cpus: 6 } };
    expect(lineOf('cpus', elsewhere, { cpus: '6' }).isChanged).toBe(false);
  });

  it('knows what is no amount, too little and too much', () => {
    expect(lineOf('cpus', resources, { cpus: '' }).problem).toBe(strings.notACount);
    expect(lineOf('memoryBytes', resources, { memoryBytes: '0.5' }).problem).toBe(strings.tooLittle('1 GiB'));
    expect(lineOf('memoryBytes', resources, { memoryBytes: '64' })).toMatchObject({
      problem: strings.tooMuch('16 GiB'),
      value: 16 * GiB,
    });
  });

  it('does not take a value that was written by hand for a change when it is only shown rounded', () => {
    const odd = { ...resources, configured: { ...resources.configured, memoryBytes: 3333 * MiB } };
    const { text } = lineOf('memoryBytes', odd, {});
    expect(lineOf('memoryBytes', odd, { memoryBytes: text }).isChanged).toBe(false);
  });

  it('sends what was not touched as it is configured, out of range or not', () => {
    const small = { ...resources, configured: { ...resources.configured, diskBytes: 10 * GiB } };
    expect(wantedAmounts(small, linesOf(small, { cpus: '4' }))).toEqual({
      cpus: 4,
      memoryBytes: 4 * GiB,
      diskBytes: 10 * GiB,
    });
  });

  it('leaves alone what a flag fixes', () => {
    const fixed = { ...resources, fixedBy: { cpus: '--cpus' } };
    expect(lineOf('cpus', fixed, { cpus: '6' })).toMatchObject({ value: 2, isChanged: false, fixedBy: '--cpus' });
  });
});
