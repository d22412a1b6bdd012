/**
 * Runs one operation at a time on the project's VM, and shows its steps in the snapshot.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FinishedOperation, Input, StopMode } from '../../preload/api';
import type { Cluster, OperationContext } from '../core/cluster';
import { checkAgainstHost } from '../core/config/host-limits';
import { asK3sVmError, errorData, k3sVmError } from '../core/errors';
import type { ProgressEvent } from '../core/progress';
import type { Picture } from './picture';
import { strings } from './strings';

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

/** How long the end of an operation waits for the VM's new state, in milliseconds. */
const settleMs = 5000;

/**
 * @param open opens the cluster, if asked with another stop mode than the configured one
 * @param look refreshes the VM's state
 */
export function createOperations(
  picture: Picture,
  open: (flags: { readonly stopMode?: StopMode }) => Promise<Cluster>,
  look: () => Promise<void>,
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
    const end = await outcomeOf(async () => perform(input, await open(flagsOf(input)), context), signal);
    // Report the new state together with the end of the operation, unless libvirt takes too long
    await Promise.race([look(), sleep(settleMs, undefined, { ref: false })]);
    signal.removeEventListener('abort', show);
    const endedAt = new Date().toISOString();
    picture.change({ operation: null, lastOperation: { operation, startedAt, endedAt, steps, ...end } });
  }

  return {
    run(input) {
      const { name, operation } = picture.get();
      if (running !== undefined)
        throw k3sVmError('BUSY', { name, operation: operation?.operation ?? strings.anOperation });
      if (input.operation === 'reset' && input.confirm !== name) {
        throw k3sVmError('USAGE', { problem: strings.nameToReset(name) });
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

async function outcomeOf(
  work: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<Pick<FinishedOperation, 'outcome' | 'error'>> {
  try {
    await work();
    return { outcome: 'done' };
  } catch (thrown) {
    return signal.aborted ? { outcome: 'cancelled' } : { outcome: 'failed', error: errorData(asK3sVmError(thrown)) };
  }
}

/** The steps with one event more: a step has its latest. */
function withEvent(steps: readonly ProgressEvent[], event: ProgressEvent): readonly ProgressEvent[] {
  // restart runs steps of the same name twice, so one that starts is always a new one
  const same = ({ step, operation }: ProgressEvent): boolean => step === event.step && operation === event.operation;
  const index = event.state === 'started' ? -1 : steps.findLastIndex(same);
  return index === -1 ? [...steps, event] : steps.with(index, event);
}

const flagsOf = (input: OperationInput): { readonly stopMode?: StopMode } =>
  input.operation === 'stop' && input.mode !== undefined ? { stopMode: input.mode } : {};

async function perform(input: OperationInput, cluster: Cluster, context: OperationContext): Promise<unknown> {
  const { wait } = cluster.config;
  switch (input.operation) {
    case 'setup':
      checkAgainstHost(cluster.config);
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
