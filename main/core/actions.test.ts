import { describe, expect, it } from 'vitest';
import { actionsOf, type Actions } from './actions';
import type { VmState } from './cluster';

const allowed = ({ start, ...others }: Actions): string[] => [
  ...(start === null ? [] : [start]),
  ...Object.entries(others).flatMap(([name, can]) => (can === true ? [name] : [])),
];

describe('what may be done', () => {
  it.each<[VmState, string[]]>([
    ['absent', []],
    ['provisioning', ['finish-setup', 'force', 'reset']],
    ['starting', ['force', 'reset']],
    ['running', ['stop', 'suspend', 'force', 'restart', 'reset']],
    ['stopping', ['force', 'reset']],
    ['stopped', ['boot', 'reset']],
    ['suspended', ['resume', 'reset']],
    ['paused', ['resume', 'force', 'reset']],
    ['crashed', ['boot', 'reset']],
    ['error', ['boot', 'force', 'reset']],
  ])('%s: %j', (state, expected) => {
    expect(allowed(actionsOf({ vm: { state } })).sort()).toEqual([...expected].sort());
    const connected = { vm: { state }, operation: null, link: { state: 'connected' } };
    expect(actionsOf(connected)).toEqual(actionsOf({ vm: { state } }));
    // Whoever holds the VM, and whatever is not known, nothing else may begin
    const held = { name: 'start', pid: 1, since: '' };
    expect(allowed(actionsOf({ vm: { state, operation: held } }))).toEqual([]);
    expect(allowed(actionsOf({ ...connected, operation: {} }))).toEqual([]);
    expect(allowed(actionsOf({ ...connected, link: { state: 'lost' } }))).toEqual([]);
  });
  it('nothing while the VM is not known', () => expect(allowed(actionsOf({ vm: null }))).toEqual([]));
});
