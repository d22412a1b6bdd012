import { expect, test } from 'vitest';
import type { ErrorData } from '../../preload/api';
import { noticeOf } from './notification';
import { finished, snapshot, vm } from './snapshots.fixture';

const error: ErrorData = { code: 'LIBVIRT', message: 'libvirt refused.\nMore of it.', hints: [], exitStatus: 1 };

test('nothing is news in the first snapshot, nor in the same again', () => {
  const crashed = snapshot({ vm: vm('crashed'), lastOperation: finished() });
  expect(noticeOf(null, crashed)).toBeNull();
  expect(noticeOf(crashed, { ...crashed, sequence: 2 })).toBeNull();
});

test.each([
  [finished(), 'The cluster is ready', 'k3s-vm-demo'],
  [finished({ operation: 'stop' }), 'The VM is stopped', 'k3s-vm-demo'],
  [finished({ outcome: 'cancelled' }), 'Setup was cancelled', 'k3s-vm-demo'],
  [finished({ outcome: 'failed', error }), 'Setup failed', 'k3s-vm-demo: libvirt refused.'],
])('the end of an operation: %#', (lastOperation, title, body) => {
  expect(noticeOf(snapshot(), snapshot({ lastOperation }))).toEqual({
    title,
    body,
    page: 'overview',
    unlessFocused: true,
  });
});

test('the next operation of the same kind is news again; dismissing one is not', () => {
  const first = snapshot({ lastOperation: finished() });
  const second = snapshot({ lastOperation: finished({ endedAt: '2026-01-01T11:00:00Z' }) });
  expect(noticeOf(first, second)?.title).toBe('The cluster is ready');
  expect(noticeOf(first, snapshot())).toBeNull();
});

test('a crash is told to everybody, once', () => {
  const crashed = snapshot({ vm: vm('crashed') });
  expect(noticeOf(snapshot(), crashed)).toMatchObject({ title: 'The VM crashed', unlessFocused: false });
  expect(noticeOf(crashed, crashed)).toBeNull();
  expect(noticeOf(snapshot({ vm: null }), crashed)).toBeNull();
});

test('another project is no news', () => {
  expect(noticeOf(snapshot(), snapshot({ project: '/other', vm: vm('crashed') }))).toBeNull();
});
