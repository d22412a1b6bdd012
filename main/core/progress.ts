/**
 * Progress of long work: one event type, rendered by the terminal, JSON, the dashboard and the tray alike.
 */
import type { ErrorData } from './errors';

export type OperationName = 'setup' | 'start' | 'stop' | 'restart' | 'reset';
export type StepState = 'started' | 'progress' | 'done' | 'skipped' | 'failed';

export interface ProgressEvent {
  readonly operation: OperationName;
  /** Stable id of the step, e.g. `guest-image`. */
  readonly step: string;
  /** What the step does, for people, e.g. `Download the guest image`. */
  readonly title: string;
  /** From 1. */
  readonly index: number;
  readonly total: number;
  readonly state: StepState;
  readonly percent?: number;
  readonly bytes?: { readonly done: number; readonly total?: number; readonly perSecond?: number };
  readonly message?: string;
  /** Milliseconds since the step started. */
  readonly elapsedMs: number;
  readonly error?: ErrorData;
}

/** Stable id of the step that suspends a VM. */
export const suspendStep = 'save';

/**
 * Whether an operation suspends the VM: `stop` does where the setting stopMode is `save`.
 *
 * @param steps its events so far
 */
export const isSuspend = (steps: readonly Pick<ProgressEvent, 'step'>[]): boolean =>
  steps.some(({ step }) => step === suspendStep);

/** What a step reports while it works. */
export interface StepProgress {
  readonly percent?: number;
  readonly bytes?: { readonly done: number; readonly total?: number; readonly perSecond?: number };
  readonly message?: string;
}

export type Report = (progress: StepProgress) => void;
export type Emit = (event: ProgressEvent) => void;

/** What a long-running piece of work is given by its caller. */
export interface WorkContext {
  readonly signal: AbortSignal;
  readonly report: Report;
}
