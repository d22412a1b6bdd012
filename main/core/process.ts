/**
 * The one place that spawns processes: argv only, a C locale, a timeout and an AbortSignal on every call.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

export interface RunOptions {
  /** Milliseconds until the process is ended. Default 30 000; 0 is no limit. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  /** undefined when the process did not end by itself (not found, timed out, killed). */
  readonly exitCode: number | undefined;
  readonly timedOut: boolean;
  readonly notFound: boolean;
  readonly durationMs: number;
}

/** Programs that run, so that none outlives us. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill();
});

/** After which a program that was asked to end is ended. */
const patienceMs = 5000;

/**
 * Runs a program to its end and never rejects for what the program says: exit status and text are data. On node's own
 * spawn, not execa: `status` calls nothing else, and loading execa would take it as long as all the rest (bench/).
 *
 * @returns the texts without their last line end
 * @throws the signal's reason when aborted
 */
export async function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { signal, input, timeoutMs = 30_000, cwd, env } = options;
  signal?.throwIfAborted();
  const startedAt = performance.now();
  const child = spawn(file, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, LC_ALL: 'C.UTF-8', ...env },
    // In a session of its own a program has no terminal: libvirt's polkit agent would ask for a password on /dev/tty
    detached: true,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  let timedOut = false;
  let patience: NodeJS.Timeout | undefined;
  const end = (): void => {
    child.kill();
    patience ??= setTimeout(() => child.kill('SIGKILL'), patienceMs);
  };
  const giveUp = (): void => {
    timedOut = true;
    end();
  };
  const timer = timeoutMs > 0 ? setTimeout(giveUp, timeoutMs) : undefined;
  signal?.addEventListener('abort', end, { once: true });
  // Whoever ends before it has read everything is not interested
  child.stdin?.on('error', () => undefined).end(input);
  let failure: NodeJS.ErrnoException | undefined;
  child.on('error', (error) => (failure ??= error));
  try {
    const [stdout, stderr, exitCode] = await Promise.all([textOf(child.stdout), textOf(child.stderr), exitOf(child)]);
    signal?.throwIfAborted();
    return {
      stdout,
      stderr: stderr === '' && failure !== undefined ? failure.message : stderr,
      exitCode: exitCode ?? undefined,
      timedOut,
      notFound: failure?.code === 'ENOENT',
      durationMs: performance.now() - startedAt,
    };
  } finally {
    clearTimeout(timer);
    clearTimeout(patience);
    signal?.removeEventListener('abort', end);
    running.delete(child);
  }
}

async function textOf(stream: Readable | null): Promise<string> {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  if (stream !== null) await new Promise((resolve) => stream.once('close', resolve));
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}

/** null where it was killed or never ran. */
const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    child.once('exit', resolve);
    child.once('error', () => {
      if (child.pid === undefined) resolve(null);
    });
  });

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
  const [{ execa }, { createInterface }] = await Promise.all([import('execa'), import('node:readline')]);
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
 * @param options.watchMs how long to see whether it fails, in milliseconds. Default 500
 * @throws when it cannot be started, or ends with a failure within that time
 */
export async function startDetached(
  file: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>>; readonly watchMs?: number } = {},
): Promise<void> {
  const { execa } = await import('execa');
  const { watchMs = 500, ...how } = options;
  const child = execa(file, [...args], { ...how, detached: true, stdio: 'ignore', cleanup: false });
  child.unref();
  // The timer keeps us alive, since the child does not: else we could end before we know that it failed
  let timer: NodeJS.Timeout | undefined;
  const early = new Promise<void>((resolve) => (timer = setTimeout(resolve, watchMs)));
  // A program that opens a window elsewhere and ends well is as good as one that stays
  await Promise.race([child.then(() => undefined), early]).finally(() => clearTimeout(timer));
  child.catch(() => undefined);
}
