/**
 * The virsh runner: every libvirt call goes through here. A C locale, --quiet, a timeout and an AbortSignal on each;
 * libvirt's text is sorted into faults once (faults.ts).
 */
import { k3sVmError } from '../errors';
import { run, runLines } from '../process';
import { classifyFault, virshError, type VirshFault } from './faults';
import { quoteRaw, sh } from '../shell-quote';
import { isRemote } from './uri';

export { classifyFault, virshError, type VirshFault } from './faults';

export interface VirshCall {
  /** Milliseconds until virsh is ended. Default 60 000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  readonly input?: string;
  /** What the call is for, as in "libvirt could not …". */
  readonly doing?: string;
}

export interface VirshOutcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly fault?: VirshFault;
}

export interface Virsh {
  readonly uri: string;
  /**
   * Runs one virsh command and returns its stdout.
   *
   * @throws the catalogue's error for the fault; LIBVIRT with libvirt's text where none fits
   */
  run(args: readonly string[], call?: VirshCall): Promise<string>;
  /** Like run, but undefined when virsh fails with one of the expected faults. */
  expect(faults: readonly VirshFault[], args: readonly string[], call?: VirshCall): Promise<string | undefined>;
  /** Never throws for what libvirt says: the fault is part of the answer. */
  attempt(args: readonly string[], call?: VirshCall): Promise<VirshOutcome>;
  /** Several commands in one virsh process; one output each ('' where it failed), and what stderr said in all. */
  batch(commands: readonly (readonly string[])[], call?: VirshCall): Promise<{ outputs: string[]; stderr: string }>;
}

export interface VirshTrace {
  readonly command: string;
  readonly durationMs: number;
  readonly exitCode: number | undefined;
  readonly stderr: string;
}

const separator = '@@k3s-vm@@';

/**
 * A runner for one connection.
 *
 * @param uri libvirt URI
 * @param trace told of every call (`--verbose`)
 */
export function createVirsh(uri: string, trace?: (call: VirshTrace) => void): Virsh {
  const attempt = async (args: readonly string[], call: VirshCall = {}): Promise<VirshOutcome> => {
    const timeoutMs = call.timeoutMs ?? 60_000;
    const options = { ...call, timeoutMs, terminal: isRemote(uri) };
    const result = await run('virsh', ['--quiet', '--connect', uri, ...args], options);
    trace?.({
      command: sh`virsh -c ${uri} ${args}`,
      durationMs: result.durationMs,
      exitCode: result.exitCode,
      stderr: result.stderr,
    });
    if (result.notFound) return { stdout: '', stderr: result.stderr, fault: 'no-virsh' };
    if (result.timedOut) {
      throw k3sVmError('VIRSH_TIMEOUT', { command: sh`virsh ${args}`, seconds: timeoutMs / 1000 });
    }
    if (result.exitCode === 0) return { stdout: result.stdout, stderr: result.stderr };
    return { stdout: result.stdout, stderr: result.stderr, fault: classifyFault(result.stderr) };
  };

  const expect: Virsh['expect'] = async (expected, args, call) => {
    const outcome = await attempt(args, call);
    if (outcome.fault === undefined) return outcome.stdout;
    if (expected.includes(outcome.fault)) return undefined;
    throw virshError(outcome.fault, outcome.stderr, uri, call?.doing ?? `run "virsh ${args[0] ?? ''}"`);
  };

  return {
    uri,
    attempt,
    expect,
    run: async (args, call) => (await expect([], args, call)) ?? '',
    async batch(commands, call) {
      const script = commands.map((command) => command.map(quoteRaw).join(' ')).join(`; echo ${separator}; `);
      const outcome = await attempt([script], call);
      if (outcome.fault === 'no-virsh' || outcome.fault === 'no-daemon' || outcome.fault === 'permission') {
        throw virshError(outcome.fault, outcome.stderr, uri, call?.doing ?? 'answer');
      }
      // With --quiet, virsh' echo prints no line end.
      const outputs = outcome.stdout.split(separator);
      return { outputs: commands.map((_, i) => (outputs[i] ?? '').trim()), stderr: outcome.stderr };
    },
  };
}

/**
 * The lines of a virsh command that goes on, such as `event --loop`.
 *
 * @throws the catalogue's error when it ends with a failure; the signal's reason
 */
export async function* virshLines(uri: string, args: readonly string[], signal: AbortSignal): AsyncGenerator<string> {
  const { exitCode, notFound, stderr } = yield* runLines('virsh', ['--quiet', '--connect', uri, ...args], { signal });
  if (notFound) throw virshError('no-virsh', stderr, uri, '');
  if (exitCode !== 0) throw virshError(classifyFault(stderr), stderr, uri, `run "virsh ${args[0] ?? ''}"`);
}
