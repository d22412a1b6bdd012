/**
 * Operations are lists of named steps. This runs one, tells its progress, and keeps its journal.
 */
import { constants } from 'node:fs';
import { chmod, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { OperationContext } from '../cluster';
import { asK3sVmError, errorData, k3sVmError, type K3sVmError } from '../errors';
import { stateDir } from '../paths';
import { withoutSecrets } from '../redact';
import type { OperationName, ProgressEvent, StepProgress, StepState, WorkContext } from '../progress';

export interface Step {
  readonly id: string;
  readonly title: string;
  /** Does the work. A string is what the step has to say in the end; `skip` means that there was nothing to do. */
  readonly run: (work: WorkContext) => Promise<string | { readonly skip: string } | void>;
}

/** Where an operation's events are kept, one JSON a line. */
export const journalFile = (vm: string): string => join(stateDir(), 'operations', `${vm}.jsonl`);

/** Appends to a file that is its user's alone; one that was not becomes so. */
async function append(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await chmod(dirname(path), 0o700);
  const file = await open(
    path,
    constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    await file.chmod(0o600);
    await file.appendFile(text);
  } finally {
    await file.close();
  }
}

async function journal(vm: string, entry: object): Promise<void> {
  const path = journalFile(vm);
  // The journal serves people; that it cannot be written must not end what it tells of.
  const line = JSON.stringify({ time: new Date().toISOString(), ...(withoutSecrets(entry) as object) });
  await append(path, `${line}\n`).catch(() => undefined);
}

/** A failure as the user should read it: an abort is a cancelled operation whatever it interrupted. */
function failureOf(error: unknown, operation: OperationName, signal: AbortSignal): K3sVmError {
  return signal.aborted ? k3sVmError('CANCELLED', { operation }) : asK3sVmError(error);
}

/**
 * Runs steps in order and tells of each. The first that fails ends the operation.
 *
 * @throws the failed step's error; CANCELLED when the signal was aborted
 */
export async function runSteps(
  operation: OperationName,
  vm: string,
  steps: readonly Step[],
  context: OperationContext,
): Promise<void> {
  for (const [i, step] of steps.entries()) {
    const startedAt = performance.now();
    const tell = (state: StepState, more: StepProgress & Pick<ProgressEvent, 'error'> = {}): ProgressEvent => {
      const event: ProgressEvent = {
        operation,
        step: step.id,
        title: step.title,
        index: i + 1,
        total: steps.length,
        state,
        elapsedMs: Math.round(performance.now() - startedAt),
        ...more,
      };
      context.emit(event);
      return event;
    };
    const report = (progress: StepProgress): void => void tell('progress', progress);
    await journal(vm, tell('started'));
    try {
      context.signal.throwIfAborted();
      const outcome = await step.run({ signal: context.signal, report });
      const last =
        typeof outcome === 'object'
          ? tell('skipped', { message: outcome.skip })
          : tell('done', outcome === undefined ? {} : { message: outcome });
      await journal(vm, last);
    } catch (error) {
      const failure = failureOf(error, operation, context.signal);
      await journal(vm, tell('failed', { error: errorData(failure), message: failure.message }));
      throw failure;
    }
  }
}
