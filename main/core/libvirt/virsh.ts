/**
 * The virsh runner: every libvirt call goes through here. A C locale, --quiet, a timeout and an AbortSignal on each;
 * libvirt's text is sorted into faults once, in this file, from messages recorded on real daemons.
 */
import { userInfo } from 'node:os';
import { k3sVmError, type K3sVmError } from '../errors';
import { run, runLines } from '../process';
import { isRemote } from './connection';
import { sh } from '../shell-quote';

/** What libvirt can say no with. */
export type VirshFault =
  | 'no-virsh'
  | 'no-daemon'
  | 'permission'
  | 'no-domain'
  | 'domain-exists'
  | 'domain-running'
  | 'domain-not-running'
  | 'no-network'
  | 'network-active'
  | 'network-inactive'
  | 'network-collision'
  | 'no-pool'
  | 'pool-active'
  | 'pool-inactive'
  | 'no-volume'
  | 'volume-exists'
  | 'volume-in-use'
  | 'no-space'
  | 'no-memory'
  | 'port-in-use'
  | 'no-kvm'
  | 'no-emulator'
  | 'image-corrupt'
  | 'already-there'
  | 'no-metadata'
  | 'other';

/** First match wins, so the more particular stand above the more general. */
const faults: readonly (readonly [VirshFault, RegExp])[] = [
  [
    'permission',
    /authentication (unavailable|failed|cancelled)|access denied by policy|(socket|connect)[^\n]*Permission denied|no polkit agent/i,
  ],
  [
    'no-daemon',
    /Failed to connect socket|failed to connect to the hypervisor|Cannot connect to|End of file while reading data|Connection refused|client socket is closed|internal error: client socket/i,
  ],
  ['no-domain', /Domain not found|failed to get domain|no domain with matching/i],
  [
    'domain-exists',
    /domain '[^']*' (already exists|is already defined)|operation failed: domain .* already exists with uuid/i,
  ],
  ['domain-running', /Domain is already active|domain is already running/i],
  [
    'domain-not-running',
    /domain is not running|domain is not active|Requested operation is not valid: cannot .* inactive domain/i,
  ],
  ['no-metadata', /metadata not found|Requested metadata element is not present/i],
  ['network-inactive', /network '[^']*' is not active|network is not active/i],
  ['network-active', /network is already active/i],
  ['network-collision', /is already in use by interface|Network is already in use/i],
  ['no-network', /Network not found|failed to get network/i],
  ['pool-inactive', /storage pool '[^']*' is not active|storage pool is not active/i],
  ['pool-active', /pool '?[^']*'? ?is already active/i],
  ['no-pool', /Storage pool not found|failed to get pool/i],
  [
    'volume-exists',
    /storage volume .*(already exists|exists already)|storage vol(ume)?( '[^']*')? (already exists|exists)/i,
  ],
  ['volume-in-use', /volume '[^']*' is still in use|volume .* in use/i],
  ['no-volume', /Storage volume not found|failed to get vol|no storage vol with matching/i],
  ['no-space', /No space left on device|ENOSPC|Disk quota exceeded/i],
  ['no-memory', /Cannot allocate memory|cannot set up guest memory|out of memory/i],
  ['port-in-use', /Could not set up host forwarding rule/i],
  [
    'no-kvm',
    /Could not access KVM kernel module|failed to initialize kvm|KVM is not available|domain type 'kvm' is not|emulator .* does not support virt type 'kvm'/i,
  ],
  [
    'no-emulator',
    /Cannot find suitable emulator|no emulator for|unable to find any emulator|Cannot check QEMU binary/i,
  ],
  [
    'image-corrupt',
    /Image is corrupt|qcow2: .*corrupt|Image is not in qcow2 format|L1 table .*(too|out)|refcount .*(corrupt|inconsist)|cannot be opened read\/write|invalid backing|qcow2 header exceeds|Unsupported qcow2 version/i,
  ],
  ['already-there', /there is an existing dhcp host entry|already exists/i],
];

/** Sorts libvirt's stderr into a fault. */
export function classifyFault(text: string): VirshFault {
  return faults.find(([, pattern]) => pattern.test(text))?.[0] ?? 'other';
}

export interface VirshCall {
  /** Milliseconds until virsh is ended. Default 60 000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  readonly input?: string;
  /** What the call is for, as in "libvirt refused to …". */
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
/** A word of a command line as virsh itself splits it. */
const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

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
      const script = commands.map((command) => command.map(quote).join(' ')).join(`; echo ${separator}; `);
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

/** The catalogue's error for a fault that the caller did not expect. */
export function virshError(fault: VirshFault, stderr: string, uri: string, doing: string): K3sVmError {
  const text = stderr.trim();
  const named = (kind: string): string => new RegExp(`${kind} '([^']+)'`).exec(text)?.[1] ?? '';
  switch (fault) {
    case 'no-virsh':
      return k3sVmError('VIRSH_MISSING', {});
    case 'no-daemon':
      return k3sVmError('DAEMON_NOT_RUNNING', { uri }, text);
    case 'permission':
      return k3sVmError('PERMISSION_DENIED', { uri, user: userInfo().username }, text);
    case 'no-domain':
      return k3sVmError('VM_ABSENT', { name: named('domain') }, text);
    case 'no-network':
      return k3sVmError('NETWORK_MISSING', { network: named('network') }, text);
    case 'network-inactive':
      return k3sVmError('NETWORK_INACTIVE', { network: named('network'), uri }, text);
    case 'no-pool':
    case 'pool-inactive':
      return k3sVmError('POOL_UNAVAILABLE', { pool: named('pool'), uri }, text);
    case 'no-kvm':
      return k3sVmError('NO_ACCELERATION', { why: 'QEMU could not use it' }, text);
    case 'no-emulator':
      return k3sVmError('QEMU_MISSING', { arch: process.arch }, text);
    default:
      return k3sVmError('LIBVIRT', { doing }, text);
  }
}
