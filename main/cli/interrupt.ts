/**
 * Ctrl-C: the first one asks the operation to stop, a second one ends the process at once.
 */
import { setMaxListeners } from 'node:events';
import { exitStatus, k3sVmError } from '../core/errors';
import { strings } from './strings';

export interface Interrupt {
  readonly signal: AbortSignal;
  /** What is under way, for the error's text. */
  operation: string;
  /** Called at the first signal. */
  onFirst: () => void;
  /** Called just before the process ends at the second. */
  onSecond: () => void;
  /** While true, the signals are for a child on our terminal (`shell`), which gets them from it. */
  childHasTerminal: boolean;
}

type Emitter = Pick<NodeJS.Process, 'on' | 'exit'>;

/** Listens to SIGINT, SIGTERM, SIGHUP and SIGQUIT. */
export function listenForInterrupt(target: Emitter): Interrupt {
  const controller = new AbortController();
  // Every virsh call of a long operation listens to it
  setMaxListeners(0, controller.signal);
  const interrupt: Interrupt = {
    signal: controller.signal,
    operation: strings.interrupt.command,
    onFirst: () => undefined,
    onSecond: () => undefined,
    childHasTerminal: false,
  };
  const handle = (signal: NodeJS.Signals): void => {
    if (interrupt.childHasTerminal && signal === 'SIGINT') return;
    if (controller.signal.aborted) {
      interrupt.onSecond();
      target.exit(exitStatus.cancelled);
      return;
    }
    controller.abort(k3sVmError('CANCELLED', { operation: interrupt.operation }));
    interrupt.onFirst();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) target.on(signal, handle);
  // Ctrl-\ ends the process at once. What runs for us is not in the terminal's group: it ends with our exit alone.
  target.on('SIGQUIT', () => {
    interrupt.onSecond();
    target.exit(128 + 3);
  });
  return interrupt;
}
