/**
 * Runs one operation at a time on the project's VM, and keeps its steps in the picture.
 */
import type { FinishedOperation, Input } from '../../preload/api';
import type { Cluster, OperationContext } from '../core/cluster';
import { asK3sVmError, errorData, k3sVmError } from '../core/errors';
import type { Flags } from '../core/config/load';
import type { ProgressEvent } from '../core/progress';
import type { Picture } from './picture';

export type OperationInput = Input<'operation.run'>;

export interface Operations {
  /**
   * Starts one and returns at once.
   *
   * @throws BUSY; USAGE when a reset is not confirmed by the VM's name
   */
  run(input: OperationInput): void;
  cancel(): void;
  dismiss(): void;
  /** Resolves when nothing runs. */
  idle(): Promise<void>;
}

/**
 * @param open the cluster with a command's settings on top of the project's
 * @param settled called when an operation ended, before that is told
 */
export function createOperations(
  picture: Picture,
  open: (flags: Flags) => Promise<Cluster>,
  settled: () => Promise<void>,
): Operations {
  let running: { readonly abort: AbortController; readonly end: Promise<void> } | undefined;

  async function work(input: OperationInput, signal: AbortSignal): Promise<void> {
    const { operation } = input;
    const startedAt = new Date().toISOString();
    let steps: readonly ProgressEvent[] = [];
    const show = (): void => picture.change({ operation: { operation, startedAt, steps, cancelling: signal.aborted } });
    picture.change({ operation: { operation, startedAt, steps, cancelling: false }, lastOperation: null });
    signal.addEventListener('abort', show, { once: true });
    const context: OperationContext = {
      signal,
      emit: (event) => {
        steps = withEvent(steps, event);
        show();
      },
    };
    const finish = async (end: Pick<FinishedOperation, 'outcome' | 'error'>): Promise<void> => {
      signal.removeEventListener('abort', show);
      // The state that it led to is told together with its end
      await settled();
      const endedAt = new Date().toISOString();
      picture.change({ operation: null, lastOperation: { operation, startedAt, endedAt, steps, ...end } });
    };
    try {
      await perform(input, await open(flagsOf(input)), context);
      await finish({ outcome: 'done' });
    } catch (thrown) {
      const error = asK3sVmError(thrown);
      await finish(signal.aborted ? { outcome: 'cancelled' } : { outcome: 'failed', error: errorData(error) });
    }
  }

  return {
    run(input) {
      const { name, operation } = picture.get();
      if (running !== undefined) {
        throw k3sVmError('BUSY', { name, operation: operation?.operation ?? 'operation', pid: process.pid });
      }
      if (input.operation === 'reset' && input.confirm !== name) {
        throw k3sVmError('USAGE', { problem: `Resetting needs the VM's name, "${name}", as confirmation.` });
      }
      const abort = new AbortController();
      const end = work(input, abort.signal).finally(() => {
        running = undefined;
      });
      running = { abort, end };
    },
    cancel: () => running?.abort.abort(),
    dismiss: () => picture.change({ lastOperation: null }),
    idle: async () => running?.end,
  };
}

/** The steps with one event more: a step has its latest. */
export function withEvent(steps: readonly ProgressEvent[], event: ProgressEvent): readonly ProgressEvent[] {
  // restart and reset --recreate run steps of the same name twice; only the one at the end goes on
  const last = steps.at(-1);
  return last?.step === event.step && last.operation === event.operation && event.state !== 'started'
    ? [...steps.slice(0, -1), event]
    : [...steps, event];
}

const flagsOf = (input: OperationInput): Flags =>
  input.operation === 'stop' && input.mode !== undefined ? { stopMode: input.mode } : {};

async function perform(input: OperationInput, cluster: Cluster, context: OperationContext): Promise<unknown> {
  const { wait } = cluster.config;
  switch (input.operation) {
    case 'setup':
      return cluster.setup({ wait }, context);
    case 'start':
      return cluster.start({ wait, discardSaved: input.discardSaved === true }, context);
    case 'stop':
      return cluster.stop({ force: input.force === true }, context);
    case 'restart':
      return cluster.restart({ wait, force: input.force === true }, context);
    case 'reset':
      return cluster.reset({}, context);
  }
}
