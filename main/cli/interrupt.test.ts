import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { listenForInterrupt } from './interrupt';

const target = (): { emitter: EventEmitter; exits: number[]; process: Parameters<typeof listenForInterrupt>[0] } => {
  const emitter = new EventEmitter();
  const exits: number[] = [];
  const fake = Object.assign(emitter, { exit: (code: number) => exits.push(code) });
  return { emitter, exits, process: fake as unknown as Parameters<typeof listenForInterrupt>[0] };
};

describe('listenForInterrupt', () => {
  it('aborts at the first signal and ends the process at the second', () => {
    const { emitter, exits, process } = target();
    const interrupt = listenForInterrupt(process);
    interrupt.operation = 'setup';
    const told: string[] = [];
    interrupt.onFirst = () => told.push('first');
    interrupt.onSecond = () => told.push('second');
    emitter.emit('SIGTERM', 'SIGTERM');
    expect(interrupt.signal.reason).toMatchObject({
      code: 'CANCELLED',
      message: 'setup was cancelled.',
      exitStatus: 130,
    });
    expect([told, exits]).toEqual([['first'], []]);
    emitter.emit('SIGINT', 'SIGINT');
    expect([told, exits]).toEqual([['first', 'second'], [130]]);
  });

  it('ends the process at once at Ctrl-\\', () => {
    const { emitter, exits, process } = target();
    const interrupt = listenForInterrupt(process);
    emitter.emit('SIGQUIT', 'SIGQUIT');
    expect([interrupt.signal.aborted, exits]).toEqual([false, [131]]);
  });

  it('leaves Ctrl-C to a child that has the terminal', () => {
    const { emitter, process } = target();
    const interrupt = listenForInterrupt(process);
    interrupt.childHasTerminal = true;
    emitter.emit('SIGINT', 'SIGINT');
    expect(interrupt.signal.aborted).toBe(false);
    emitter.emit('SIGTERM', 'SIGTERM');
    expect(interrupt.signal.aborted).toBe(true);
  });
});
