import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../preload/api';
import { lineOf, type Draft } from './draft';
import { changeInWords, effect, notes, operationUnderWay, pendingChanges } from './effects';
import { legendOf } from './legend';
import { resources, vm } from './resources.fixture';
import { GiB, type ResourceKey } from './scale';

const notesOf = (key: ResourceKey, draft: Draft, given = resources) => notes(lineOf(key, given, draft), given, vm);

describe('notes', () => {
  it('are none for what the host can spare', () => {
    expect(notesOf('cpus', { cpus: '4' })).toEqual([]);
    expect(notesOf('memoryBytes', { memoryBytes: '9' })).toEqual([]);
    expect(notesOf('diskBytes', { diskBytes: '86' })).toEqual([]);
  });

  it('tell CPUs shared with other VMs from more than there are', () => {
    expect(notesOf('cpus', { cpus: '5' })).toMatchObject([{ tone: 'info' }]);
    const small = { ...resources, host: { ...resources.host, cpus: 4 } };
    expect(notesOf('cpus', { cpus: '5' }, small)).toMatchObject([
      { tone: 'warn', text: expect.stringContaining('only 4 CPUs') as string },
    ]);
  });

  it('say how much memory is missing', () => {
    expect(notesOf('memoryBytes', { memoryBytes: '10.5' })).toMatchObject([
      { tone: 'warn', text: expect.stringContaining('1.5 GiB more than is available') as string },
    ]);
  });

  it('count what the disk takes up already', () => {
    expect(notesOf('diskBytes', { diskBytes: '87' })).toMatchObject([{ tone: 'warn' }]);
    const unknown = { ...resources, host: { ...resources.host, poolFreeBytes: null } };
    expect(notesOf('diskBytes', { diskBytes: '120' }, unknown)).toEqual([]);
  });
});

describe('changes in words', () => {
  it('name what there is and what there will be', () => {
    expect(changeInWords('cpus', 4, 6)).toBe('4 → 6 CPUs');
    expect(changeInWords('memoryBytes', 4 * GiB, 6.5 * GiB)).toBe('Memory 4 → 6.5 GiB');
  });

  it('name what waits for the next start', () => {
    const waiting = {
      ...resources,
      configured: { ...resources.configured, cpus: 4 },
      pending: ['cpus'] as const,
    };
    expect(pendingChanges(waiting)).toEqual(['2 → 4 CPUs']);
    expect(pendingChanges({ ...waiting, actual: null })).toEqual([]);
  });

  it('say when they take effect', () => {
    expect(effect({ ...vm, state: 'absent' })).toMatch(/set up/);
    expect(effect({ ...vm, state: 'suspended' })).toMatch(/when you resume/);
    expect(effect(vm)).toMatch(/next start/);
  });
});

describe('the operation under way', () => {
  const of = (part: Partial<Snapshot>) => operationUnderWay({ operation: null, vm, ...part } as Snapshot);

  it('is this dashboard’s or a terminal’s', () => {
    expect(operationUnderWay(null)).toBeNull();
    expect(of({})).toBeNull();
    expect(of({ vm: { ...vm, operation: { name: 'stop', pid: 7, since: '2026-01-01T00:00:00Z' } } })).toEqual({
      name: 'stop',
      isOurs: false,
    });
    const operation = { operation: 'setup', startedAt: '2026-01-01T00:00:00Z', steps: [], cancelling: false } as const;
    expect(of({ operation })).toEqual({ name: 'setup', isOurs: true });
  });
});

describe('the legend', () => {
  it('marks where others begin, and what the VM has', () => {
    const { items, now, freeUpTo } = legendOf('memoryBytes', resources, vm);
    expect({ now, freeUpTo }).toEqual({ now: 4 * GiB, freeUpTo: 9 * GiB });
    expect(items.map(({ label, value }) => `${label}: ${value}`)).toEqual([
      'This VM now: 4 GiB',
      'Available: 9 GiB',
      'Used by others: 7 GiB (other VMs: 3 GiB)',
      'Host total: 16 GiB',
    ]);
  });

  it('marks nothing where everything on the slider is free, or nothing is known', () => {
    const alone = { ...resources, host: { ...resources.host, othersCpus: 0, poolFreeBytes: null } };
    expect(legendOf('cpus', alone, vm)).not.toHaveProperty('freeUpTo');
    expect(legendOf('cpus', alone, vm).items.map(({ mark }) => mark)).toEqual(['now', undefined, undefined, undefined]);
    const disk = legendOf('diskBytes', alone, vm);
    expect(disk).not.toHaveProperty('freeUpTo');
    expect(disk.items.at(-1)?.value).toBe('unknown');
  });

  it('never marks left of the slider', () => {
    const full = { ...resources, host: { ...resources.host, memoryAvailableBytes: 0 } };
    expect(legendOf('memoryBytes', full, vm).freeUpTo).toBe(GiB);
  });
});
