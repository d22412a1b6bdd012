/**
 * The channel into the guest: the host's own ssh, with our key, our known_hosts and nothing of the user's configuration.
 */
import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { isK3sVmError, k3sVmError, type K3sVmError } from '../errors';
import { run, runLines, runOnTerminal, type RunResult } from '../process';
import { shellQuote } from '../shell-quote';
import { vmDir } from '../files/vm-folder';
import { connectToGuest } from './connect';
import { guestUser, keyFile, knownHostsFile, requireKeys } from './identity';

export interface SshTarget {
  /** Of the domain: its keys are kept under it. */
  readonly uuid: string;
  /** The VM's name: host keys are pinned under it, whatever its address. */
  readonly vm: string;
  readonly address: string;
  readonly port: number;
}

/**
 * The argv of an ssh call, which has to run in the VM's folder (vmDir): it names its files there without a path.
 *
 * @param tty whether to ask for a terminal in the guest
 * @throws INTERNAL when the address is none
 */
export function sshArgs(target: SshTarget, command: readonly string[], tty = false): string[] {
  if (isIP(target.address) === 0) {
    throw k3sVmError('INTERNAL', { what: `the address of the VM is ${JSON.stringify(target.address)}` });
  }
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
    UpdateHostKeys: 'no',
    UserKnownHostsFile: knownHostsFile,
  };
  return [
    '-F',
    '/dev/null',
    ...(tty ? ['-t'] : ['-T']),
    '-i',
    keyFile,
    '-p',
    String(target.port),
    '-l',
    guestUser,
    ...Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]),
    '--',
    target.address,
    // ssh hands the guest's shell one string
    ...command.map(shellQuote),
  ];
}

/**
 * Runs a command in the guest to its end.
 *
 * @throws KEYS_LOST; what sshFailure tells when ssh itself fails; TOOL_MISSING without ssh
 */
export async function sshRun(
  target: SshTarget,
  command: readonly string[],
  options: { readonly input?: string; readonly timeoutMs?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<RunResult> {
  await requireKeys(target.uuid, target.vm);
  const result = await run('ssh', sshArgs(target, command), { ...options, cwd: vmDir(target.uuid) });
  if (result.notFound) throw k3sVmError('TOOL_MISSING', { tool: 'ssh' });
  if (result.timedOut) throw k3sVmError('SSH_FAILED', { why: 'it did not answer in time' });
  if (result.exitCode === 255) throw sshFailure(result.stderr, target);
  return result;
}

/** What ssh says as long as pam_nologin(8) keeps users out: while the guest boots or shuts down. */
const closedForNow = /System is booting up|System is going down|not permitted to log in/i;

/**
 * Why ssh ended with its own status 255.
 *
 * @returns HOST_KEY_MISMATCH or SSH_DENIED where another attempt has the same end (see isFinal), else SSH_FAILED
 */
export function sshFailure(stderr: string, { vm, address }: Pick<SshTarget, 'vm' | 'address'>): K3sVmError {
  if (/Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/.test(stderr)) {
    return k3sVmError('HOST_KEY_MISMATCH', { name: vm, address }, stderr);
  }
  if (/Permission denied \(|Too many authentication failures/.test(stderr) && !closedForNow.test(stderr)) {
    return k3sVmError('SSH_DENIED', { name: vm }, stderr);
  }
  return k3sVmError('SSH_FAILED', { why: stderr.trim().split('\n').at(-1) || 'ssh exited without a message' }, stderr);
}

/** Whether an error is the guest's last word: asking again changes nothing once it has booted. */
export const isFinal = (error: unknown): boolean =>
  isK3sVmError(error, 'HOST_KEY_MISMATCH') || isK3sVmError(error, 'SSH_DENIED');

/**
 * The lines a guest command prints, as they come.
 *
 * @param options.input a script for the command's standard input
 * @param options.answer gives the line to send back, if any, for each line
 * @throws KEYS_LOST; what sshFailure tells when the connection breaks; TOOL_MISSING without ssh; the signal's reason
 */
export async function* sshLines(
  target: SshTarget,
  command: readonly string[],
  options: Parameters<typeof runLines>[2],
): AsyncGenerator<string> {
  await requireKeys(target.uuid, target.vm);
  const result = yield* runLines('ssh', sshArgs(target, command), { ...options, cwd: vmDir(target.uuid) });
  if (result.notFound) throw k3sVmError('TOOL_MISSING', { tool: 'ssh' });
  if (result.exitCode === 255) throw sshFailure(result.stderr, target);
}

/**
 * Talks with a guest command: each line it prints may be answered at once.
 *
 * @param answer the line to send back, if any
 * @returns all lines
 * @throws KEYS_LOST; what sshFailure tells; TOOL_MISSING without ssh; the signal's reason
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

/**
 * Runs ssh on this terminal.
 *
 * @returns the command's exit status
 * @throws KEYS_LOST; what sshFailure tells; TOOL_MISSING without ssh
 */
export async function sshInteractive(target: SshTarget, command: readonly string[]): Promise<number> {
  await requireKeys(target.uuid, target.vm);
  const tty = process.stdin.isTTY && process.stdout.isTTY;
  const result = await runOnTerminal('ssh', sshArgs(target, command, tty), { cwd: vmDir(target.uuid) });
  if (result.notFound) throw k3sVmError('TOOL_MISSING', { tool: 'ssh' });
  // It is ssh's own status, or that of the command: only the terminal has seen what it said, so it is asked again
  if (result.exitCode === 255) await sshRun(target, ['true'], { timeoutMs: 15_000 });
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
