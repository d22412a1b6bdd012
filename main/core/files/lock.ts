/**
 * Locks between processes that die with their holder. The lock is flock(2) on an open file: the kernel frees it
 * when the process is gone, however it went, so a stale lock cannot exist.
 *
 * Node has no flock, so util-linux' `flock` takes it on a descriptor that it inherits: the lock belongs to the open file
 * description (see flock(2)), and stays with us when `flock` exits. Our descriptor is close-on-exec, so no other child
 * can keep the lock alive.
 */
import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { k3sVmError } from '../errors';
import { run } from '../process';

/** Who holds a lock, for messages. */
export interface LockInfo {
  /** What is being done, e.g. `setup`. */
  readonly operation: string;
  readonly pid: number;
  /** ISO 8601 */
  readonly since: string;
}

export interface Lock {
  /** Gives the lock back. Safe to call twice. */
  release(): void;
}

/** The answer when somebody else has the lock. */
export interface HeldBy {
  readonly heldBy: LockInfo;
}

export interface LockOptions {
  /** false: return at once when the lock is taken. */
  readonly wait: boolean;
  readonly info: LockInfo;
  readonly signal?: AbortSignal | undefined;
  /** Called once, before waiting, with the holder where it is known. */
  readonly onWait?: ((holder: LockInfo | undefined) => void) | undefined;
}

/**
 * Takes the lock of a file, which is made if need be and stays behind, empty, when the lock is released.
 *
 * @returns the lock, or who has it (only with `wait: false`)
 * @throws TOOL_MISSING without `flock`; INTERNAL when the lock is held by a program that left no name; the signal's
 *   reason when aborted
 */
export async function acquireLock(path: string, options: LockOptions & { readonly wait: true }): Promise<Lock>;
export async function acquireLock(path: string, options: LockOptions): Promise<Lock | HeldBy>;
export async function acquireLock(path: string, options: LockOptions): Promise<Lock | HeldBy> {
  const { wait, signal } = options;
  let told = false;
  let nameless = 0;
  for (;;) {
    signal?.throwIfAborted();
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const fd = openSync(path, 'a+', 0o600);
    let kept = false;
    try {
      let taken = await flock(fd, ['-n'], signal);
      if (!taken && wait) {
        if (!told) options.onWait?.(lockHolder(path));
        told = true;
        taken = await flock(fd, [], signal);
      }
      if (taken) {
        // Somebody removed the file meanwhile: a lock on it excludes nobody any more
        if (!isSameFile(fd, path)) continue;
        kept = true;
        return hold(fd, options.info);
      }
    } finally {
      if (!kept) closeSync(fd);
    }
    const holder = lockHolder(path);
    if (holder !== undefined) return { heldBy: holder };
    // The holder has not written its name yet, or has just gone. A holder in another PID namespace (a container that
    // shares the folder) never looks alive from here, so after a while the name it wrote is believed.
    if (++nameless >= 20) {
      const written = readInfo(path);
      if (written !== undefined) return { heldBy: publicInfo(written) };
      throw k3sVmError('INTERNAL', { what: `${path} is locked by an unknown program` });
    }
    await sleep(25, undefined, signal === undefined ? {} : { signal });
  }
}

/**
 * Who holds a lock now, without taking it and without spawning anything.
 *
 * @returns undefined when nobody does
 */
export function lockHolder(path: string): LockInfo | undefined {
  const written = readInfo(path);
  if (written === undefined) return undefined;
  // Released locks leave an empty file, so a name that is there is either the holder's or that of a process that died.
  // Its start time tells it from another process that was given the same PID.
  const started = processStartTime(written.pid);
  return started !== undefined && started === written.startTime ? publicInfo(written) : undefined;
}

interface WrittenInfo extends LockInfo {
  readonly startTime: string | undefined;
}

const publicInfo = ({ operation, pid, since }: LockInfo): LockInfo => ({ operation, pid, since });

function hold(fd: number, info: LockInfo): Lock {
  ftruncateSync(fd);
  writeSync(fd, JSON.stringify({ ...publicInfo(info), startTime: processStartTime(info.pid) }));
  let released = false;
  return {
    release() {
      if (released) return;
      released = true;
      ftruncateSync(fd);
      closeSync(fd);
    },
  };
}

function readInfo(path: string): WrittenInfo | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    if (text === '') return undefined;
    const { operation, pid, since, startTime: started } = JSON.parse(text) as Record<string, unknown>;
    if (typeof operation !== 'string' || typeof pid !== 'number' || typeof since !== 'string') return undefined;
    return { operation, pid, since, startTime: typeof started === 'string' ? started : undefined };
  } catch {
    // Not there, not readable or half written: nobody who could be named
    return undefined;
  }
}

/**
 * When a process started, in clock ticks since boot: field 22 of /proc/PID/stat, see proc(5). With the PID it names one
 * process, as PIDs are used again.
 *
 * @returns undefined when there is no such process, or only its zombie, which holds nothing
 */
export function processStartTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Field 2 is the command in parentheses and may hold anything, so fields are counted from its end
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : (fields[19] ?? undefined);
  } catch {
    return undefined;
  }
}

function isSameFile(fd: number, path: string): boolean {
  const opened = fstatSync(fd);
  const named = statSync(path, { throwIfNoEntry: false });
  return named?.ino === opened.ino && named.dev === opened.dev;
}

/** Runs `flock` on our descriptor, which it sees as number 3. @returns false when somebody else has the lock */
async function flock(fd: number, flags: readonly string[], signal: AbortSignal | undefined): Promise<boolean> {
  const result = await run('flock', [...flags, '3'], { files: [fd], signal, timeoutMs: 0 });
  const { exitCode, stderr, notFound } = result;
  if (exitCode === 0) return true;
  // 1: somebody else has it, see flock(1); any other status is a fault of its own
  if (exitCode === 1) return false;
  if (notFound) throw k3sVmError('TOOL_MISSING', { tool: 'flock' }, stderr);
  throw k3sVmError('INTERNAL', { what: `flock ended with status ${String(exitCode)}` }, stderr || undefined);
}
