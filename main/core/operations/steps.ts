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

/** What a step has to say in the end; `skip` means that there was nothing to do. */
type Outcome = { readonly skip: string } | { readonly message?: string | undefined };

/** A step that works with what was made before it, and passes that on. */
export interface Step<Given = unknown> {
  readonly id: string;
  readonly title: string;
  /** Does the work. A string is a message. */
  readonly run: (work: WorkContext, given: Given) => Promise<string | Outcome | void>;
}

/** A step that makes something of what was made before it, for the steps that follow. */
export interface MakingStep<Given, Made> {
  readonly id: string;
  readonly title: string;
  readonly run: (work: WorkContext, given: Given) => Promise<Outcome & { readonly made: Made }>;
}

/** Steps in the order in which they run. Each is given what the last one that makes something has made. */
export class Steps<Made> {
  private constructor(
    /** What the first step is given. */
    readonly start: unknown,
    readonly list: readonly (Step<never> | MakingStep<never, unknown>)[],
  ) {}

  /** @param given to the first step */
  static from<Given>(given: Given): Steps<Given> {
    return new Steps(given, []);
  }

  do(...steps: readonly Step<Made>[]): Steps<Made> {
    return new Steps(this.start, [...this.list, ...steps]);
  }

  make<Next>(step: MakingStep<Made, Next>): Steps<Next> {
    return new Steps(this.start, [...this.list, step]);
  }
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
  // The journal is only for reading later: an operation must not fail because it cannot be written
  const line = JSON.stringify({ time: new Date().toISOString(), ...(withoutSecrets(entry) as object) });
  await append(path, `${line}\n`).catch(() => undefined);
}

/** A failure as the user should see it: after an abort it is CANCELLED, whatever error the abort caused. */
function failureOf(error: unknown, operation: OperationName, signal: AbortSignal): K3sVmError {
  return signal.aborted ? k3sVmError('CANCELLED', { operation }) : asK3sVmError(error);
}

/**
 * Runs steps in order and tells of each. The first that fails ends the operation. The signal that they are given is also
 * aborted when the operation has ended, for what they left running.
 *
 * @throws the failed step's error; CANCELLED when the signal was aborted
 */
export async function runSteps(
  operation: OperationName,
  vm: string,
  { start, list }: Steps<unknown>,
  context: OperationContext,
): Promise<void> {
  const ended = new AbortController();
  const signal = AbortSignal.any([context.signal, ended.signal]);
  const runStep = async (index: number, step: (typeof list)[number], given: unknown): Promise<unknown> => {
    const startedAt = performance.now();
    const tell = (state: StepState, more: StepProgress & Pick<ProgressEvent, 'error'> = {}): ProgressEvent => {
      const event: ProgressEvent = {
        operation,
        step: step.id,
        title: step.title,
        index: index + 1,
        total: list.length,
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
      // Steps.make and Steps.do accept a step only where what it is given is there
      const said = await step.run({ signal, report }, given as never);
      const outcome = typeof said === 'string' ? { message: said } : (said ?? {});
      const { message } = outcome as { message?: string };
      const last =
        'skip' in outcome
          ? tell('skipped', { message: outcome.skip })
          : tell('done', message === undefined ? {} : { message });
      await journal(vm, last);
      return 'made' in outcome ? outcome.made : given;
    } catch (error) {
      const failure = failureOf(error, operation, context.signal);
      await journal(vm, tell('failed', { error: errorData(failure), message: failure.message }));
      throw failure;
    }
  };
  try {
    let given = start;
    for (const [index, step] of list.entries()) given = await runStep(index, step, given);
  } finally {
    ended.abort();
  }
}
