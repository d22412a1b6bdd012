import { describe, expect, it } from 'vitest';
import type { PodRow, WorkloadChange, WorkloadRow } from '../../../preload/api';
import { workloads } from '../../dev/scenarios';
import {
  applyChange as applyChangeAt,
  eventsAbout,
  filtered,
  kinds,
  namespacesOf,
  noFilter,
  nothingKnown,
  sorted,
  type Known,
} from './table-state';

const applyChange = (known: Known, change: WorkloadChange, at = 0): void => applyChangeAt(known, change, at);
const pod = (name: string, more: Partial<PodRow> = {}): PodRow => ({
  kind: 'pods',
  uid: `uid-${name}`,
  name,
  namespace: 'shop',
  createdAt: '2026-05-04T09:00:00Z',
  condition: 'good',
  status: 'Running',
  containers: [{ name: 'main', ready: true, init: false }],
  restarts: 0,
  node: 'node',
  ip: '10.42.0.7',
  ...more,
});
const names = (rows: readonly WorkloadRow[]): string[] => rows.map(({ name }) => name);
const cluster = () => {
  const known = nothingKnown();
  for (const kind of kinds)
    applyChange(known, { type: 'replace', kind, rows: workloads().filter((row) => row.kind === kind) });
  return known;
};

describe('what is known', () => {
  it('is replaced, changed and removed', () => {
    const known = nothingKnown();
    expect(known.pods.listed).toBe(false);
    applyChange(known, { type: 'replace', kind: 'pods', rows: [pod('a'), pod('b')] });
    applyChange(known, { type: 'upsert', row: pod('b', { status: 'Error' }) });
    applyChange(known, { type: 'upsert', row: pod('c') });
    applyChange(known, { type: 'remove', kind: 'pods', uid: 'uid-a' });
    expect([...known.pods.rows.values()].map(({ name, status }) => `${name} ${status}`)).toEqual([
      'b Error',
      'c Running',
    ]);
    applyChange(known, { type: 'replace', kind: 'pods', rows: [pod('d')] });
    expect([...known.pods.rows.keys()]).toEqual(['uid-d']);
    expect(known.nodes.listed).toBe(false);
  });

  it('keeps the rows of a kind whose watch is lost', () => {
    const known = cluster();
    const error = { code: 'API_UNREACHABLE', message: 'gone', hints: [], exitStatus: 1 } as const;
    applyChange(known, { type: 'watch', kind: 'pods', state: 'retrying', error }, 5000);
    applyChange(known, { type: 'watch', kind: 'pods', state: 'retrying', error }, 7000);
    expect(known.pods.lost).toEqual({ error, at: 5000 });
    expect(known.pods.rows.size).toBe(6);
    applyChange(known, { type: 'watch', kind: 'pods', state: 'live' });
    expect(known.pods.lost).toBeNull();
  });

  it('names the namespaces there are', () => {
    expect(namespacesOf(cluster())).toEqual(['default', 'kube-system', 'shop']);
  });

  it('finds the events about a row, the latest first', () => {
    const known = cluster();
    const worker = [...known.pods.rows.values()].find(({ name }) => name === 'worker-6d5f9c7b8-1eki');
    if (worker === undefined) throw new Error('the scenario has no such pod');
    const [event] = eventsAbout(known, worker);
    if (event === undefined) throw new Error('no event');
    applyChange(known, {
      type: 'upsert',
      row: { ...event, uid: 'e2', lastSeen: '2099-01-01T00:00:00Z', reason: 'Later' },
    });
    applyChange(known, { type: 'upsert', row: { ...event, uid: 'e3', namespace: 'elsewhere' } });
    expect(eventsAbout(known, worker).map(({ reason }) => reason)).toEqual(['Later', 'BackOff']);
  });
});

describe('filtered', () => {
  const rows = [
    pod('web-1'),
    pod('web-2', { namespace: 'other' }),
    pod('job', { condition: 'bad', status: 'ImagePullBackOff', message: 'main: no such image' }),
  ];
  it.each([
    ['everything', {}, ['web-1', 'web-2', 'job']],
    ['a namespace', { namespace: 'other' }, ['web-2']],
    ['a name', { search: ' WEB ' }, ['web-1', 'web-2']],
    ['a status', { search: 'imagepull' }, ['job']],
    ['a message', { search: 'no such image' }, ['job']],
    ['problems', { onlyProblems: true }, ['job']],
    ['all at once', { namespace: 'shop', search: 'web', onlyProblems: true }, []],
  ])('by %s', (_by, filter, left) => {
    expect(names(filtered(rows, { ...noFilter, ...filter }))).toEqual(left);
  });

  it('leaves nodes in every namespace, and the namespace itself', () => {
    const all = workloads();
    const left = filtered(all, { ...noFilter, namespace: 'kube-system' });
    expect(left.map(({ kind }) => kind)).toEqual(['nodes', 'namespaces']);
  });
});

describe('hiding the system', () => {
  const rows = [pod('own'), pod('dns', { namespace: 'kube-system' })];

  it('leaves out what is in its namespaces, and those themselves', () => {
    expect(names(filtered(rows, { ...noFilter, hideSystem: true }))).toEqual(['own']);
    const namespaces = workloads().filter(({ kind }) => kind === 'namespaces');
    expect(names(filtered(namespaces, { ...noFilter, hideSystem: true }))).toEqual(['default', 'shop']);
  });

  it('does not hide the namespace that was chosen', () => {
    expect(names(filtered(rows, { ...noFilter, hideSystem: true, namespace: 'kube-system' }))).toEqual(['dns']);
  });
});

describe('sorted', () => {
  it('counts as people do, and keeps one order among equals', () => {
    const rows = [pod('b10'), pod('b9'), pod('a', { restarts: 3 })];
    expect(names(sorted([...rows], ({ name }) => name, false))).toEqual(['a', 'b9', 'b10']);
    expect(names(sorted([...rows], ({ restarts }) => restarts, true))).toEqual(['a', 'b9', 'b10']);
    expect(names(sorted([...rows].reverse(), ({ restarts }) => restarts, false))).toEqual(['b9', 'b10', 'a']);
  });
});
