import { expect, test } from 'vitest';
import type { Answer, CallName, ErrorData } from '../../preload/api';
import { createActions, type Actions } from './actions';
import { strings } from './strings';

const error: ErrorData = { code: 'BUSY', message: 'busy', hints: [], exitStatus: 14 };

function record(answer: Answer<CallName>) {
  const calls: unknown[] = [];
  const failures: unknown[] = [];
  const actions = createActions({
    session: {
      // A generic method cannot be faked without a cast
      call: ((...call: unknown[]) => {
        calls.push(call);
        return Promise.resolve(answer);
      }) as never,
      close: () => undefined,
    },
    show: () => calls.push('show'),
    quit: () => calls.push('quit'),
    failed: (...failure) => failures.push(failure),
  });
  return { actions, calls, failures };
}

test.each<[keyof Actions['tray'], unknown]>([
  ['start', ['operation.run', { operation: 'start' }]],
  ['stop', ['operation.run', { operation: 'stop' }]],
  ['suspend', ['operation.run', { operation: 'stop', mode: 'save' }]],
  ['k9s', ['terminal.open', { what: 'k9s' }]],
  ['open', 'show'],
  ['quit', 'quit'],
])('%s', (action, call) => {
  const { actions, calls } = record({ ok: true, value: null });
  actions.tray[action]();
  expect(calls).toEqual([call]);
});

test('what fails is told, since there may be no window to see it in', async () => {
  const { actions, calls, failures } = record({ ok: false, error });
  actions.turnTo('/p');
  expect(calls).toEqual([['projects.select', { project: '/p' }]]);
  await Promise.resolve();
  expect(failures).toEqual([[strings.switchTo('/p'), error]]);
});
