/**
 * Does KVM run a guest? Tried with QEMU alone, since libvirt's own probe is what hangs where it does not.
 */
import { readFile, stat } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { replaceFile } from '../files/replace-file';
import { stateDir } from '../paths';
import { run, type RunResult } from '../process';
import { withTempFile } from '../files/temp-file';
import { bootDisk, bootSectorStatus, powerOffKernel } from './trial-guests';

export type TrialVerdict =
  | { readonly outcome: 'passed' }
  /** The guest never got to its end. */
  | { readonly outcome: 'hung'; readonly seconds: number }
  /** QEMU would not start it; its words. */
  | { readonly outcome: 'refused'; readonly text: string };

export interface TrialOptions {
  /** Path of the QEMU binary. */
  readonly qemu: string;
  /** QEMU's name of the architecture. */
  readonly arch: 'x86_64' | 'aarch64';
  /** `tcg` proves the trial itself. */
  readonly accelerator?: 'kvm' | 'tcg';
  /** Milliseconds a guest may take; it needs a fraction of a second. Default 8000, for machines under load. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

const common = ['-display', 'none', '-nodefaults', '-no-user-config', '-no-reboot', '-m', '32'];

/** Arguments for QEMU. @param file the guest @param debugExit whether this QEMU has the isa-debug-exit device */
export function trialArguments(
  arch: TrialOptions['arch'],
  accelerator: 'kvm' | 'tcg',
  file: string,
  debugExit = true,
): string[] {
  const cpu = accelerator === 'kvm' ? 'host' : 'max';
  const start = ['-accel', accelerator, '-cpu', cpu, ...common];
  // `max`: a host with GICv3 refuses KVM guests the default GICv2.
  if (arch === 'aarch64') return [...start, '-machine', 'virt,gic-version=max', '-kernel', file];
  // QEMU takes a doubled comma for one.
  const drive = `if=none,id=trial,format=raw,readonly=on,file=${file.replaceAll(',', ',,')}`;
  const disk = ['-drive', drive, '-device', 'virtio-blk-pci,drive=trial,bootindex=0'];
  const exit = debugExit ? ['-device', 'isa-debug-exit,iobase=0xf4,iosize=0x04'] : [];
  return [...start, '-machine', 'q35', ...disk, ...exit];
}

/**
 * Runs a tiny guest to its end.
 *
 * @throws the signal's reason when aborted
 */
export async function tryAcceleration(options: TrialOptions): Promise<TrialVerdict> {
  const { qemu, arch, accelerator = 'kvm', timeoutMs = 8000, signal } = options;
  const attempt = (file: string, debugExit: boolean): Promise<RunResult | 'stuck'> => {
    const done = run(qemu, trialArguments(arch, accelerator, file, debugExit), { timeoutMs, signal });
    // A QEMU that is stuck in the kernel cannot be killed, and would keep us waiting.
    return Promise.race([done, sleep(timeoutMs + 7000, 'stuck' as const, { ref: false })]);
  };
  return withTempFile(arch === 'x86_64' ? bootDisk() : powerOffKernel(), async (file) => {
    let expected = arch === 'x86_64' ? bootSectorStatus : 0;
    let result = await attempt(file, true);
    // RHEL's QEMU has few devices. Without this one the guest resets the machine, which ends QEMU with status 0.
    if (result !== 'stuck' && /isa-debug-exit/.test(result.stderr)) {
      expected = 0;
      result = await attempt(file, false);
    }
    if (result === 'stuck' || result.timedOut) return { outcome: 'hung', seconds: timeoutMs / 1000 };
    if (result.exitCode === expected) return { outcome: 'passed' };
    const said = result.stderr
      .trim()
      .split('\n')
      .map((line) => line.replace(/^\S*qemu\S*: /, '').trim());
    return {
      outcome: 'refused',
      text: said.find(Boolean) ?? `the guest crashed (QEMU's exit status ${result.exitCode ?? 'none'})`,
    };
  });
}

/** What a verdict depends on: the boot, the kernel, and the QEMU that was tried. */
async function cacheKey(qemu: string): Promise<string> {
  const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return [bootId.trim(), release(), qemu, (await stat(qemu)).mtimeMs].join(' ');
}

const isVerdict = (value: unknown): value is TrialVerdict =>
  typeof value === 'object' &&
  value !== null &&
  'outcome' in value &&
  (value.outcome === 'passed' || value.outcome === 'hung');

/**
 * tryAcceleration, once a boot. What QEMU refused is not remembered: the next try may find it changed (a device in use
 * by another hypervisor, say).
 *
 * @param folder where the verdict is kept
 */
export async function knownOrTried(
  options: TrialOptions,
  folder: string = stateDir(),
  attempt: typeof tryAcceleration = tryAcceleration,
): Promise<TrialVerdict> {
  const file = join(folder, 'acceleration.json');
  const key = await cacheKey(options.qemu);
  try {
    const stored = JSON.parse(await readFile(file, 'utf8')) as { key?: unknown; verdict?: unknown } | null;
    if (stored?.key === key && isVerdict(stored.verdict)) return stored.verdict;
  } catch {
    // none yet, or not readable: try
  }
  const verdict = await attempt(options);
  if (verdict.outcome !== 'refused') {
    // Where it cannot be kept, the next one tries again
    await replaceFile(file, JSON.stringify({ key, verdict }), 0o600).catch(() => undefined);
  }
  return verdict;
}
