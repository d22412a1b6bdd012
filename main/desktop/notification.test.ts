import { expect, test } from 'vitest';
import { suspendStep } from '../core/progress';
import type { ErrorData, ProgressEvent } from '../../preload/api';
import { noticeOf } from './notification';
import { finished, snapshot, vm } from './snapshots.fixture';
import { strings } from './strings';

const { done, suspended, cancelled, failed, crashed: crashedTitle } = strings.notification;

const error: ErrorData = { code: 'LIBVIRT', message: 'libvirt refused.\nMore of it.', hints: [], exitStatus: 1 };

const saved: ProgressEvent = {
  ...{ operation: 'stop', step: suspendStep, title: 'Suspend the VM', index: 1, total: 1 },
  ...{ state: 'done', elapsedMs: 5000 },
};

test('nothing is news in the first snapshot, nor in the same again', () => {
  const crashed = snapshot({ vm: vm('crashed'), lastOperation: finished() });
  expect(noticeOf(null, crashed)).toBeNull();
  expect(noticeOf(crashed, { ...crashed, sequence: 2 })).toBeNull();
});

test.each([
  [finished(), done.setup, 'k3s-vm-demo'],
  [finished({ operation: 'stop' }), done.stop, 'k3s-vm-demo'],
  [finished({ operation: 'stop', steps: [saved] }), suspended, 'k3s-vm-demo'],
  [finished({ outcome: 'cancelled' }), cancelled('Setup'), 'k3s-vm-demo'],
  [finished({ outcome: 'failed', error }), failed('Setup'), 'k3s-vm-demo: libvirt refused.'],
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
  expect(noticeOf(first, second)?.title).toBe(done.setup);
  expect(noticeOf(first, snapshot())).toBeNull();
});

test('a crash is told to everybody, once', () => {
  const crashed = snapshot({ vm: vm('crashed') });
  expect(noticeOf(snapshot(), crashed)).toMatchObject({ title: crashedTitle, unlessFocused: false });
  expect(noticeOf(crashed, crashed)).toBeNull();
  expect(noticeOf(snapshot({ vm: null }), crashed)).toBeNull();
});

test('another project is no news', () => {
  expect(noticeOf(snapshot(), snapshot({ project: '/other', vm: vm('crashed') }))).toBeNull();
});
