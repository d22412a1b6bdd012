/**
 * The error catalogue. Every failure a user can meet has a code here, with its message, its remedies and its exit status;
 * what only one front end can meet, that front end registers the same way (errorsOf). An error is data: front ends
 * render it, nothing parses its text.
 */
import { fileProblem } from '../files/file-errors';
import { sh } from '../shell-quote';
import { clusterErrors } from './cluster';
import { downloadErrors } from './download';
import { entry, exitStatus, type Entry } from './entry';
import { guestErrors } from './guest';
import { hostErrors } from './host';
import { networkErrors } from './network';
import { projectErrors } from './project';
import { run, type Remedy } from './remedy';
import { resourceErrors } from './resources';

export { entry, exitStatus } from './entry';
export { automatic, clusterFixIds, hostFixIds, isHostFix, regenerateKubeconfig, run, titleOf, withFix } from './remedy';
export type { ClusterFixId, FixId, HostFixId, Remedy } from './remedy';

const catalogue = {
  ...projectErrors,
  ...hostErrors,
  ...networkErrors,
  ...resourceErrors,
  ...downloadErrors,
  ...guestErrors,
  ...clusterErrors,

  CANCELLED: entry<{ operation: string }>(
    exitStatus.cancelled,
    (p) => `${p.operation} was cancelled.`,
    ({ operation }) => {
      if (operation === 'setup') {
        return [run('k3s-vm setup', 'Continue where it stopped:'), run('k3s-vm reset', 'Or delete what was created:')];
      }
      const again = operation === 'suspend' ? 'The VM keeps running. Suspend it again:' : 'Run it again:';
      return [run(sh`k3s-vm ${operation.split(' ')}`, again)];
    },
  ),
  INTERNAL: entry<{ what: string }>(
    exitStatus.failure,
    (p) => `Unexpected error: ${p.what}`,
    () => [{ text: 'This is a bug in k3s-vm. Run the command again with --verbose and report the output.' }],
  ),
};

/** A catalogue: rows by code. */
export type Catalogue = Readonly<Record<string, Entry<never>>>;
type ParametersOf<E> = E extends Entry<infer P> ? P : never;

export type ErrorCode = keyof typeof catalogue;

/** Every code of the core. */
export const errorCodes = Object.keys(catalogue) as readonly ErrorCode[];

/** The JSON form of an error, the same on `--json`, `--progress json`, IPC and the web. */
export interface ErrorData {
  /** An ErrorCode, or a front end's own. */
  readonly code: string;
  readonly message: string;
  readonly hints: readonly Remedy[];
  readonly cause?: string;
  readonly exitStatus: number;
}

/**
 * An error of the catalogue: what happened, what to do about it, and the exit status. Made by k3sVmError or errorsOf.
 *
 * @param code an ErrorCode, or a front end's own
 * @param message for people, complete sentences
 * @param hints remedies, best first
 * @param cause what another program said, shown below the message as "Cause:"
 */
export class K3sVmError extends Error {
  override readonly name = 'K3sVmError';
  constructor(
    readonly code: string,
    message: string,
    readonly hints: readonly Remedy[],
    readonly exitStatus: number,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/**
 * Registers a catalogue.
 *
 * @returns what makes its errors, from a code, what the message needs, and the native error or text underneath, which is
 *   shown to the user as it is
 */
export function errorsOf<C extends Catalogue>(
  rows: C,
): <K extends keyof C & string>(code: K, parameters: ParametersOf<C[K]>, cause?: unknown) => K3sVmError {
  return (code, parameters, cause) => {
    const { message, hints, exit } = rows[code] as unknown as Entry<typeof parameters>;
    return new K3sVmError(code, message(parameters), hints(parameters), exit, cause);
  };
}

/** Makes one of the core's errors. See errorsOf. */
export const k3sVmError = errorsOf(catalogue);

/** The same error with other remedies. */
export function withHints(error: K3sVmError, hints: readonly Remedy[]): K3sVmError {
  const same = new K3sVmError(error.code, error.message, hints, error.exitStatus, error.cause);
  if (error.stack !== undefined) same.stack = error.stack;
  return same;
}

/** Whether `error` is ours, and of the given code if one is named. */
export function isK3sVmError(error: unknown, code?: ErrorCode): error is K3sVmError {
  return error instanceof K3sVmError && (code === undefined || error.code === code);
}

/** Any thrown thing as a catalogue error; what is not ours becomes INTERNAL with its text as the cause. */
export function asK3sVmError(error: unknown): K3sVmError {
  if (error instanceof K3sVmError) return error;
  const file = fileProblem(error);
  if (file?.kind === 'full') return k3sVmError('HOST_DISK_FULL', { path: file.path }, error);
  if (file?.kind === 'unusable') return k3sVmError('FILE_UNUSABLE', { path: file.path, why: file.why }, error);
  if (file?.kind === 'too many') return k3sVmError('TOO_MANY_FILES', {}, error);
  return k3sVmError('INTERNAL', { what: error instanceof Error ? error.message : String(error) }, error);
}

/** The text of an error's cause, or undefined. */
export function causeText(error: K3sVmError): string | undefined {
  const { cause } = error;
  if (cause === undefined) return undefined;
  if (typeof cause === 'string') return cause.trim() || undefined;
  return cause instanceof Error ? cause.message.trim() : JSON.stringify(cause);
}

/** The wire form of an error. */
export function errorData(error: K3sVmError): ErrorData {
  const cause = causeText(error);
  return {
    code: error.code,
    message: error.message,
    hints: error.hints,
    exitStatus: error.exitStatus,
    ...(cause === undefined ? {} : { cause }),
  };
}
