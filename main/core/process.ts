/**
 * The one place that spawns processes (lint keeps it so). Programs that are run for what they say, by `run` and `runLines`,
 * get argv only, a C locale, and end with an AbortSignal; they use node's own spawn. Those that are started for the
 * user, by `startDetached` and `runOnTerminal`, use execa.
 *
 * `status` runs virsh and nothing else. With execa for that, a median of 21 runs took 217 ms instead of 170 ms (node alone:
 * 82 ms), on two slow cores: loading execa's 220 KB costs more than everything else that `status` loads.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';

export interface RunOptions {
  /** Milliseconds until the process is ended. Default 30 000; 0 is no limit. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Open files that it inherits, as its descriptors from 3 on. */
  readonly files?: readonly number[];
  /**
   * It may ask on the terminal, as sudo and ssh do. Then a Ctrl-C reaches it as well, and what it starts may outlive it.
   */
  readonly terminal?: boolean;
  /** Called with each line of both outputs as it comes. */
  readonly onLine?: ((line: string) => void) | undefined;
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
const running = new Set<Child>();
process.once('exit', () => {
  for (const child of running) child.signal('SIGTERM');
});

/** After which a program that was asked to end is ended. */
const patienceMs = 5000;

/** How long the output of a program that has ended may be silent before nobody waits for more of it. */
const graceMs = 250;

interface SpawnOptions extends Omit<RunOptions, 'timeoutMs' | 'signal' | 'onLine'> {
  /** Standard input stays open, to be written to. */
  readonly talk?: boolean;
}

/**
 * A program that runs, and whatever it starts: a session of its own, unless it may ask on the terminal. So a Ctrl-C is
 * ours to pass on, what we end ends whole, and nothing asks for a password on /dev/tty, as libvirt's polkit agent would.
 */
class Child {
  readonly process: ChildProcess;
  failure: NodeJS.ErrnoException | undefined;
  /** null where it was killed or never ran. */
  readonly exit: Promise<number | null>;
  readonly #isGroup: boolean;
  #patience: NodeJS.Timeout | undefined;
  #asked = false;

  constructor(file: string, args: readonly string[], { input, cwd, env, files = [], terminal, talk }: SpawnOptions) {
    this.#isGroup = terminal !== true;
    this.process = spawn(file, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...process.env, LC_ALL: 'C.UTF-8', ...env },
      stdio: [input === undefined && talk !== true ? 'ignore' : 'pipe', 'pipe', 'pipe', ...files],
      detached: this.#isGroup,
    });
    running.add(this);
    // A program that exits before it has read its input does not need the rest
    this.process.stdin?.on('error', () => undefined);
    if (talk !== true) this.process.stdin?.end(input);
    this.process.on('error', (error) => (this.failure ??= error));
    this.exit = new Promise((resolve) => {
      this.process.once('exit', resolve);
      this.process.once('error', () => {
        if (this.process.pid === undefined) resolve(null);
      });
    });
  }

  signal(signal: NodeJS.Signals): void {
    const { pid } = this.process;
    if (pid === undefined) return;
    try {
      process.kill(this.#isGroup ? -pid : pid, signal);
    } catch {
      // Gone already
    }
  }

  isRunning(): boolean {
    const { pid, exitCode, signalCode } = this.process;
    return pid !== undefined && exitCode === null && signalCode === null;
  }

  /** Asks it to end, and ends it if it does not. */
  readonly end = (): void => {
    this.#asked = true;
    this.signal('SIGTERM');
    this.#patience ??= setTimeout(() => this.signal('SIGKILL'), patienceMs);
  };

  /**
   * Resolves at the end of an output. That of a program which has ended counts as over once nothing has come for a while:
   * what it left behind may hold it open for as long as it likes.
   */
  async over(output: Readable): Promise<void> {
    if (output.closed) return;
    let look: NodeJS.Timeout | undefined;
    const closed = new Promise<void>((resolve) => output.once('close', resolve));
    void this.exit.then(() => {
      if (output.closed) return;
      let read = -1;
      look = setInterval(() => {
        // Only after pending output was read: this process may have been too busy to read it
        setImmediate(() => {
          const { bytesRead } = output as Socket;
          if (bytesRead === read && !output.isPaused() && output.readableLength === 0) output.destroy();
          read = bytesRead;
        });
      }, graceMs);
    });
    await closed;
    clearInterval(look);
  }

  /** To be called when its output is no longer needed. */
  close(): void {
    clearTimeout(this.#patience);
    // Whatever did not end when asked
    if (this.#asked && this.#isGroup) this.signal('SIGKILL');
    this.process.stdin?.destroy();
    running.delete(this);
  }
}

/**
 * Runs a program to its end and never rejects for what the program says: exit status and text are data.
 *
 * @returns the texts without their last line end
 * @throws the signal's reason when aborted
 */
export async function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { signal, timeoutMs = 30_000, onLine } = options;
  signal?.throwIfAborted();
  const startedAt = performance.now();
  const child = new Child(file, args, options);
  let timedOut = false;
  const giveUp = (): void => {
    timedOut = true;
    child.end();
  };
  const timer = timeoutMs > 0 ? setTimeout(giveUp, timeoutMs) : undefined;
  signal?.addEventListener('abort', child.end, { once: true });
  try {
    const outputs = [child.process.stdout, child.process.stderr] as const;
    const [[stdout, stderr], exitCode] = await Promise.all([
      Promise.all(outputs.map((output) => textOf(child, output, onLine))) as Promise<[string, string]>,
      child.exit,
    ]);
    signal?.throwIfAborted();
    return {
      stdout,
      stderr: stderr === '' && child.failure !== undefined ? child.failure.message : stderr,
      exitCode: exitCode ?? undefined,
      timedOut,
      notFound: child.failure?.code === 'ENOENT',
      durationMs: performance.now() - startedAt,
    };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', child.end);
    child.close();
  }
}

async function textOf(child: Child, output: Readable | null, onLine?: RunOptions['onLine']): Promise<string> {
  if (output === null) return '';
  const chunks: Buffer[] = [];
  if (onLine !== undefined) {
    const { createInterface } = await import('node:readline');
    createInterface({ input: output }).on('line', onLine);
  }
  output.on('data', (chunk: Buffer) => chunks.push(chunk));
  await child.over(output);
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}

/**
 * The lines that a program prints, as they come; it is ended when nobody reads on.
 *
 * @param options.input what it reads; nothing by default
 * @param options.answer gives the line to send back, if any, for each line as it comes
 * @returns how it ended, without its stdout
 * @throws the signal's reason when aborted
 */
export async function* runLines(
  file: string,
  args: readonly string[],
  options: {
    readonly signal: AbortSignal;
    readonly cwd?: string;
    readonly input?: string | undefined;
    readonly answer?: (line: string) => string | undefined;
  },
): AsyncGenerator<string, Pick<RunResult, 'stderr' | 'exitCode' | 'notFound'>> {
  const { signal, cwd, input, answer } = options;
  signal.throwIfAborted();
  const { createInterface } = await import('node:readline');
  const child = new Child(file, args, {
    ...(cwd === undefined ? {} : { cwd }),
    ...(input === undefined ? {} : { input }),
    talk: answer !== undefined,
  });
  const { stdin, stdout } = child.process;
  signal.addEventListener('abort', child.end, { once: true });
  try {
    const stderr = textOf(child, child.process.stderr);
    if (stdout !== null) {
      const lines = createInterface({ input: stdout });
      void child.over(stdout).then(() => lines.close());
      for await (const line of lines) {
        const reply = answer?.(line);
        if (reply !== undefined) stdin?.write(`${reply}\n`);
        yield line;
      }
    }
    const [text, exitCode] = await Promise.all([stderr, child.exit]);
    signal.throwIfAborted();
    const notFound = child.failure?.code === 'ENOENT';
    return { stderr: text || (child.failure?.message ?? ''), exitCode: exitCode ?? undefined, notFound };
  } finally {
    signal.removeEventListener('abort', child.end);
    // Whoever reads no further wants no more of it
    if (child.isRunning()) {
      child.end();
      await child.exit;
    }
    child.close();
  }
}

/**
 * Starts a program that keeps running without us, and does not wait for its end.
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

/**
 * Runs a program on our terminal, to its end: it reads what the user types, and prints to the user.
 *
 * @returns its exit status; undefined when it was killed
 */
export async function runOnTerminal(
  file: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string | undefined>> } = {},
): Promise<Pick<RunResult, 'exitCode' | 'notFound'>> {
  const { execa } = await import('execa');
  const { exitCode, code } = await execa(file, [...args], { ...options, reject: false, stdio: 'inherit' });
  return { exitCode, notFound: code === 'ENOENT' };
}
