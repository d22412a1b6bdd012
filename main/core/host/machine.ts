/**
 * What the checks see of this machine, in one place, so that tests can show them another one.
 */
import { readdir, readFile, stat, statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { writeProblem } from '../files/file-errors';
import { systemAsksForPassword } from '../libvirt/polkit';
import { run, runOnTerminal, type RunOptions, type RunResult } from '../process';
import { probeAcceleration, type AccelerationProbe } from './acceleration';
import { distribution, type Distribution } from './distribution';
import { findProgram, systemProgram } from './find-program';
import { parseIpRoutes, parseProcRoutes, type Route } from './subnets';
import { thisHost, type HostFacts } from './this-host';

export interface Machine {
  readonly on: Distribution;
  readonly facts: HostFacts;
  /** Groups of this login, by number. */
  readonly groups: readonly number[];
  readonly cpus: number;
  readonly arch: 'x86_64' | 'aarch64';
  readFile(path: string): Promise<string>;
  /** What is in a folder, and since when, in milliseconds since 1970; undefined where it cannot be read. */
  folder(path: string): Promise<{ readonly names: readonly string[]; readonly changedAt: number } | undefined>;
  /** Where the first of these programs is. */
  find(names: readonly string[]): Promise<string | undefined>;
  /** Bytes that this user may still write where a path is or would be; undefined: cannot be told. */
  freeBytes(path: string): Promise<number | undefined>;
  /** Why a folder, which may not be there yet, cannot be written; undefined when it can. */
  writeProblem(path: string): string | undefined;
  /** The host's IPv4 routes, without default ones. */
  routes(signal?: AbortSignal): Promise<readonly Route[]>;
  run(argv: readonly string[], signal?: AbortSignal, options?: RunOptions): Promise<RunResult>;
  /** Runs a program on our terminal, to its end. See runOnTerminal. */
  runOnTerminal(
    argv: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
  ): Promise<Pick<RunResult, 'exitCode'>>;
  /** See systemAsksForPassword. */
  asksForPassword: typeof systemAsksForPassword;
  probe(options: { readonly system: boolean; readonly signal?: AbortSignal }): Promise<AccelerationProbe>;
}

/** Free space of the file system that holds a path, or its nearest folder that is there. */
async function freeBytes(path: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    const parent = dirname(path);
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && parent !== path ? freeBytes(parent) : undefined;
  }
}

async function readFolder(path: string): ReturnType<Machine['folder']> {
  try {
    const [names, { mtimeMs }] = await Promise.all([readdir(path), stat(path)]);
    return { names, changedAt: mtimeMs };
  } catch {
    return undefined;
  }
}

async function readRoutes(signal?: AbortSignal): Promise<readonly Route[]> {
  const ip = await findProgram(systemProgram('ip'));
  if (ip !== undefined) {
    const result = await run(ip, ['-json', '-4', 'route', 'show', 'table', 'all'], { timeoutMs: 5000, signal });
    try {
      if (result.exitCode === 0) return parseIpRoutes(result.stdout);
    } catch {
      // busybox' ip knows no -json and prints its usage
    }
  }
  return parseProcRoutes(await readFile('/proc/net/route', 'utf8').catch(() => ''));
}

/** This machine, as the checks see it. Reads nothing but its distribution and facts until a check asks. */
export function thisMachine(): Machine {
  return {
    on: distribution(),
    facts: thisHost(),
    groups: [process.getgid?.() ?? -1, ...(process.getgroups?.() ?? [])],
    cpus: availableParallelism(),
    arch: process.arch === 'arm64' ? 'aarch64' : 'x86_64',
    readFile: (path) => readFile(path, 'utf8'),
    find: (names) => findProgram(names),
    folder: readFolder,
    freeBytes,
    writeProblem,
    routes: readRoutes,
    // sudo remembers by terminal who gave a password
    run: ([file = '', ...args], signal, options) =>
      run(file, args, { timeoutMs: 60_000, signal, terminal: true, ...options }),
    runOnTerminal: ([file = '', ...args], env) => runOnTerminal(file, args, { env }),
    asksForPassword: (signal) => systemAsksForPassword(signal),
    probe: (options) => probeAcceleration(options),
  };
}
