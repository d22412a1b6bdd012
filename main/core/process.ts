/**
 * The one place that spawns processes: argv only, a C locale, a timeout and an AbortSignal on every call.
 */
import { execa, type Options } from 'execa';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface RunOptions {
  /** Milliseconds until the process is ended. Default 30 000; 0 is no limit. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  readonly input?: string | Readable;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunResult {
  readonly command: string;
  readonly stdout: string;
  readonly stderr: string;
  /** undefined when the process did not end by itself (not found, timed out, killed). */
  readonly exitCode: number | undefined;
  readonly timedOut: boolean;
  readonly notFound: boolean;
  readonly durationMs: number;
}

/**
 * Runs a program to its end and never rejects for what the program says: exit status and text are data.
 *
 * @throws the signal's reason when aborted
 */
export async function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  options.signal?.throwIfAborted();
  const settings: Options = {
    reject: false,
    timeout: options.timeoutMs ?? 30_000,
    env: { LC_ALL: 'C.UTF-8', ...options.env },
    stdin: 'ignore',
    maxBuffer: 64 * 1024 * 1024,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    ...(typeof options.input === 'string' ? { input: options.input, stdin: 'pipe' } : {}),
    ...(options.input !== undefined && typeof options.input !== 'string' ? { stdin: options.input } : {}),
  };
  const result = await execa(file, [...args], settings);
  if (result.isCanceled) options.signal?.throwIfAborted();
  return {
    command: result.command,
    stdout: typeof result.stdout === 'string' ? result.stdout : '',
    stderr: typeof result.stderr === 'string' ? result.stderr : '',
    exitCode: result.exitCode,
    timedOut: result.timedOut,
    notFound: result.code === 'ENOENT',
    durationMs: result.durationMs,
  };
}

/**
 * The lines that a program prints, as they come; it is ended when nobody reads on.
 *
 * @returns how it ended, without its stdout
 * @throws the signal's reason when aborted
 */
export async function* runLines(
  file: string,
  args: readonly string[],
  { signal }: { readonly signal: AbortSignal },
): AsyncGenerator<string, Pick<RunResult, 'stderr' | 'exitCode' | 'notFound'>> {
  signal.throwIfAborted();
  const child = execa(file, [...args], {
    reject: false,
    buffer: { stdout: false, stderr: true },
    env: { LC_ALL: 'C.UTF-8' },
    stdin: 'ignore',
    cancelSignal: signal,
  });
  let ended = false;
  try {
    for await (const line of createInterface({ input: child.stdout })) yield line;
    ended = true;
  } finally {
    if (!ended) child.kill();
  }
  const result = await child;
  signal.throwIfAborted();
  return { stderr: result.stderr, exitCode: result.exitCode, notFound: result.code === 'ENOENT' };
}

/**
 * Starts a program that goes on without us, and does not wait for its end.
 *
 * @throws when it cannot be started, or ends with a failure within half a second
 */
export async function startDetached(
  file: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  const child = execa(file, [...args], { ...options, detached: true, stdio: 'ignore', cleanup: false });
  child.unref();
  // A program that opens a window elsewhere and ends well is as good as one that stays
  const early = new Promise<void>((resolve) => setTimeout(resolve, 500).unref());
  await Promise.race([child.then(() => undefined), early]);
  child.catch(() => undefined);
}
