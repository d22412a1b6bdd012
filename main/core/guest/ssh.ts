/**
 * The channel into the guest: the host's own ssh, with our key, our known_hosts and nothing of the user's configuration.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { k3sVmError } from '../errors';
import { run, runLines, type RunResult } from '../process';
import { shellQuote } from '../shell-quote';
import { connectToGuest } from './connect';
import { guestUser, identityFiles } from './identity';

export interface SshTarget {
  readonly project: string;
  /** The VM's name: host keys are pinned under it, whatever its address. */
  readonly vm: string;
  readonly address: string;
  readonly port: number;
}

/** The argv of an ssh call. @param tty whether to ask for a terminal in the guest */
export function sshArgs(target: SshTarget, command: readonly string[], tty = false): string[] {
  const files = identityFiles(target.project);
  const options: Record<string, string> = {
    BatchMode: 'yes',
    CheckHostIP: 'no',
    ConnectTimeout: '10',
    GlobalKnownHostsFile: '/dev/null',
    HostKeyAlias: target.vm,
    IdentitiesOnly: 'yes',
    LogLevel: 'ERROR',
    ServerAliveInterval: '15',
    StrictHostKeyChecking: 'yes',
    // ssh splits this value at blanks unless it is quoted: a project folder may hold some.
    UserKnownHostsFile: `"${files.knownHosts}"`,
  };
  return [
    '-F',
    '/dev/null',
    ...(tty ? ['-t'] : ['-T']),
    '-i',
    files.key,
    '-p',
    String(target.port),
    '-l',
    guestUser,
    ...Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]),
    target.address,
    // ssh hands the guest's shell one string
    ...(command.length === 0 ? [] : ['--', ...command.map(shellQuote)]),
  ];
}

/** Runs a command in the guest to its end. @throws SSH_FAILED when ssh itself fails, TOOL_MISSING without ssh */
export async function sshRun(
  target: SshTarget,
  command: readonly string[],
  options: { readonly input?: string; readonly timeoutMs?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<RunResult> {
  const result = await run('ssh', sshArgs(target, command), options);
  if (result.notFound) throw k3sVmError('TOOL_MISSING', { tool: 'ssh' });
  if (result.timedOut) throw k3sVmError('SSH_FAILED', { why: 'it did not answer in time' });
  if (result.exitCode === 255) throw sshFailure(result.stderr);
  return result;
}

const sshFailure = (stderr: string): Error =>
  k3sVmError('SSH_FAILED', { why: stderr.trim().split('\n').at(-1) || 'ssh ended without a word' }, stderr);

/**
 * The lines a guest command prints, as they come.
 *
 * @param options.input a script for the command's standard input
 * @param options.answer gives the line to send back, if any, for each line
 * @throws SSH_FAILED when the connection breaks; the signal's reason
 */
export async function* sshLines(
  target: SshTarget,
  command: readonly string[],
  options: Parameters<typeof runLines>[2],
): AsyncGenerator<string> {
  const result = yield* runLines('ssh', sshArgs(target, command), options);
  if (result.notFound) throw k3sVmError('TOOL_MISSING', { tool: 'ssh' });
  if (result.exitCode === 255) throw sshFailure(result.stderr);
}

/**
 * Talks with a guest command: each line it prints may be answered at once.
 *
 * @param answer the line to send back, if any
 * @returns all lines
 * @throws SSH_FAILED, or the signal's reason
 */
export async function sshTalk(
  target: SshTarget,
  command: readonly string[],
  answer: (line: string) => string | undefined,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of sshLines(target, command, { answer, signal })) lines.push(line);
  return lines;
}

/** Runs ssh on this terminal. @returns the command's exit status */
export async function sshInteractive(target: SshTarget, command: readonly string[]): Promise<number> {
  const { execa } = await import('execa');
  const tty = process.stdin.isTTY && process.stdout.isTTY;
  const result = await execa('ssh', sshArgs(target, command, tty), { reject: false, stdio: 'inherit' });
  if (result.code === 'ENOENT') throw k3sVmError('TOOL_MISSING', { tool: 'ssh' });
  if (result.exitCode === 255) throw k3sVmError('SSH_FAILED', { why: 'the connection failed' });
  return result.exitCode ?? 1;
}

/**
 * Waits until the guest's sshd greets. An open port is not enough: QEMU's user-mode network accepts connections long
 * before the guest listens.
 *
 * @throws the signal's reason
 */
export async function waitForSsh(target: SshTarget, signal: AbortSignal): Promise<void> {
  while (!(await greets(target.address, target.port, signal))) await sleep(200, undefined, { signal });
}

async function greets(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  const socket = await connectToGuest(host, port, 3000, signal).catch(() => undefined);
  signal.throwIfAborted();
  if (socket === undefined) return false;
  return new Promise((resolve) => {
    const finish = (answer: boolean): void => {
      signal.removeEventListener('abort', giveUp);
      socket.destroy();
      resolve(answer);
    };
    const giveUp = (): void => finish(false);
    signal.addEventListener('abort', giveUp, { once: true });
    socket.setTimeout(3000, giveUp);
    socket.once('data', (data) => finish(data.toString('latin1').startsWith('SSH-')));
    socket.once('error', giveUp);
    socket.once('close', giveUp);
  });
}
