import { describe, expect, it } from 'vitest';
import { vmState } from './observe';

const off = (reason = 'shutdown'): { state: string; reason: string } => ({ state: 'shut off', reason });
const on = { state: 'running', reason: 'booted' };

describe('vmState', () => {
  it.each([
    ['a running guest', on, 'provisioned', false, undefined, 'running'],
    ['a running guest that is being started', on, 'provisioned', false, 'start', 'starting'],
    ['a running guest that is being stopped', on, 'provisioned', false, 'stop', 'stopping'],
    ['a guest in its first boot', on, 'created', false, 'setup', 'provisioning'],
    ['a guest whose setup broke off', off(), 'created', false, undefined, 'provisioning'],
    ['a guest that shut down', off(), 'provisioned', false, undefined, 'stopped'],
    ['a suspended guest', off('saved'), 'provisioned', true, undefined, 'suspended'],
    ['a guest whose QEMU died', off('crashed'), 'provisioned', false, undefined, 'crashed'],
    ['a guest that panicked', { state: 'crashed', reason: 'panicked' }, 'provisioned', false, undefined, 'crashed'],
    ['a paused guest', { state: 'paused', reason: 'user' }, 'provisioned', false, undefined, 'paused'],
    ['a guest whose disk failed', { state: 'paused', reason: 'I/O error' }, 'provisioned', false, undefined, 'error'],
    ['a removal that broke off', off('destroyed'), 'removing', false, undefined, 'error'],
  ] as const)('%s', (_what, state, phase, saved, operation, expected) => {
    expect(vmState(state, phase, saved, operation)).toBe(expected);
  });

  it('a guest that takes longer to shut down than stop waited is stopping, until an operation takes it up', () => {
    expect(vmState(on, 'provisioned', false, undefined, true)).toBe('stopping');
    expect(vmState(on, 'provisioned', false, 'start', true)).toBe('starting');
    expect(vmState(off(), 'provisioned', false, undefined, true)).toBe('stopped');
  });
});
