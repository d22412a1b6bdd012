/**
 * KVM, if it really works. A /dev/kvm that opens is no proof: on a CPU without vmx or svm it hangs guests, and libvirt's
 * own probe with them.
 */
import { open, readFile, stat } from 'node:fs/promises';
import type { Acceleration } from '../config/schema';
import { k3sVmError, withHints, type K3sVmError, type Remedy } from '../errors';
import { isRemote, isSession } from '../libvirt/uri';
import type { Virsh } from '../libvirt/virsh';
import { distribution } from './distribution';
import { remedy } from './remedies';
import { findProgram, qemuNames } from './find-program';
import { knownOrTried, type TrialOptions, type TrialVerdict } from './kvm-trial';
import { userName } from './this-host';

export type KvmDevice =
  | 'missing'
  /** The device node exists, but no driver provides it. */
  | 'dead'
  /** This user may not open it. */
  | 'forbidden'
  | 'open';

export interface AccelerationProbe {
  readonly works: boolean;
  /** Half a sentence for people, e.g. `there is no /dev/kvm`. */
  readonly why: string;
  readonly device: KvmDevice;
  /** The CPU's virtualization flag; undefined: none, or not x86. */
  readonly flag?: 'vmx' | 'svm';
  /** What a real guest made of it; undefined: not tried. */
  readonly trial?: TrialVerdict;
  /** Whether a device is there that cannot work: the one that makes libvirt hang. */
  readonly trap: boolean;
  readonly hints: readonly Remedy[];
}

export interface ProbeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whether libvirt's own user runs QEMU (qemu:///system): then this user need not be able to open the device. */
  readonly system?: boolean;
  readonly device?: string;
  readonly arch?: string;
  readonly readCpuinfo?: () => Promise<string>;
  readonly openDevice?: (path: string) => Promise<KvmDevice>;
  readonly findQemu?: (arch: string) => Promise<string | undefined>;
  readonly runTrial?: (options: TrialOptions) => Promise<TrialVerdict>;
}

/** Opens the device for reading and writing, as QEMU would. */
async function openKvm(path: string): Promise<KvmDevice> {
  try {
    await (await open(path, 'r+')).close();
    return 'open';
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'missing';
    return code === 'EACCES' || code === 'EPERM' ? 'forbidden' : 'dead';
  }
}

/** The virtualization flag in /proc/cpuinfo. */
export function virtualizationFlag(cpuinfo: string): 'vmx' | 'svm' | undefined {
  const flags = /^flags\s*:.*$/m.exec(cpuinfo)?.[0].split(/\s+/) ?? [];
  return flags.includes('vmx') ? 'vmx' : flags.includes('svm') ? 'svm' : undefined;
}

async function ownership(path: string): Promise<string> {
  try {
    const { mode, gid } = await stat(path);
    const groups = await readFile('/etc/group', 'utf8');
    const group =
      groups
        .split('\n')
        .find((line) => line.split(':')[2] === String(gid))
        ?.split(':')[0] ?? String(gid);
    return ` (group ${group}, mode ${(mode & 0o777).toString(8).padStart(4, '0')})`;
  } catch {
    return '';
  }
}

/**
 * Looks at the device and the CPU, then has a tiny guest run under KVM, for at most a few seconds and once a boot. Where
 * there is no QEMU to try, or libvirt may open the device and we may not, the CPU's flags decide.
 */
export async function probeAcceleration(options: ProbeOptions = {}): Promise<AccelerationProbe> {
  const path = options.device ?? '/dev/kvm';
  const arch = (options.arch ?? process.arch) === 'arm64' ? 'aarch64' : 'x86_64';
  const [device, cpuinfo] = await Promise.all([
    (options.openDevice ?? openKvm)(path),
    (options.readCpuinfo ?? (() => readFile('/proc/cpuinfo', 'utf8')))().catch(() => ''),
  ]);
  const flag = virtualizationFlag(cpuinfo);
  const capable = arch === 'aarch64' || flag !== undefined;
  const hints = (what: 'kvm' | 'virtualization' | 'kvm-group' | 'kvm-broken'): readonly Remedy[] =>
    remedy(what, distribution());
  const facts = { device, ...(flag === undefined ? {} : { flag }) };
  const no = (why: string, what: Parameters<typeof hints>[0], trap = false): AccelerationProbe => ({
    ...facts,
    works: false,
    why,
    trap,
    hints: hints(what),
  });

  if (device === 'missing') {
    return capable
      ? no(flag === undefined ? `there is no ${path}` : `there is no ${path}, though the CPU has ${flag}`, 'kvm')
      : no(`the CPU offers no virtualization (neither vmx nor svm), and there is no ${path}`, 'virtualization');
  }
  if (device === 'dead') return no(`${path} exists, but no kernel module provides it`, 'kvm');
  if (!capable) return no(`${path} exists, but cannot work: the CPU has neither vmx nor svm`, 'kvm-broken', true);
  if (device === 'forbidden') {
    if (options.system !== true) {
      return no(`user ${userName()} cannot open ${path}${await ownership(path)}`, 'kvm-group');
    }
    return {
      ...facts,
      works: true,
      why: `${path} exists, and libvirt can open it${flagText(flag)}`,
      trap: false,
      hints: [],
    };
  }

  const find = options.findQemu ?? ((name: string) => findProgram(qemuNames(name)));
  const qemu = await find(arch);
  if (qemu === undefined) {
    return {
      ...facts,
      works: true,
      why: `${path} opens${flagText(flag)}; not tested, because QEMU is missing`,
      trap: false,
      hints: [],
    };
  }
  const trial = await (options.runTrial ?? knownOrTried)({ qemu, arch, signal: options.signal });
  switch (trial.outcome) {
    case 'passed':
      return { ...facts, trial, works: true, why: 'a guest ran under KVM', trap: false, hints: [] };
    case 'hung':
      return {
        ...no(
          `${path} opens, but a guest that uses it hangs (not finished after ${trial.seconds} s)`,
          'kvm-broken',
          true,
        ),
        trial,
      };
    case 'refused':
      return { ...no(`QEMU could not use ${path}: ${trial.text}`, 'kvm'), trial };
  }
}

const flagText = (flag: string | undefined): string => (flag === undefined ? '' : `, the CPU has ${flag}`);

/** Whether a remote libvirt says that it can do KVM. It is not ours to try there. */
async function remoteHasKvm(virsh: Virsh, signal?: AbortSignal): Promise<{ works: boolean; text: string }> {
  const outcome = await virsh.attempt(['domcapabilities', '--virttype', 'kvm'], { signal, timeoutMs: 20_000 });
  return { works: outcome.fault === undefined, text: outcome.stderr.trim() };
}

export interface AccelerationChoice {
  readonly type: 'kvm' | 'tcg';
  /** A sentence for people: why it is slow. */
  readonly note?: string;
}

const slow = (why: string): string => `No KVM, so the VM runs several times slower: ${why}`;

/**
 * Decides what a VM runs on.
 *
 * @param wanted `auto` takes KVM where it works
 * @param uri the libvirt connection; another machine's libvirt is taken at its word
 * @throws NO_ACCELERATION when `kvm` is demanded and does not work; VIRSH_TIMEOUT when a remote libvirt does not answer
 */
export async function chooseAcceleration(
  wanted: Acceleration,
  uri: string,
  options: { readonly virshFor: (uri: string) => Virsh; readonly signal?: AbortSignal } & Omit<
    ProbeOptions,
    'signal' | 'system'
  >,
): Promise<AccelerationChoice> {
  if (wanted === 'tcg') return { type: 'tcg' };
  if (isRemote(uri)) {
    const { works, text } = await remoteHasKvm(options.virshFor(uri), options.signal);
    if (works) return { type: 'kvm' };
    if (wanted === 'kvm')
      throw k3sVmError('NO_ACCELERATION', { why: `libvirt at ${uri} does not offer it` }, text || undefined);
    return { type: 'tcg', note: slow(`libvirt at ${uri} does not offer it`) };
  }
  const probe = await probeAcceleration({ ...options, system: !isSession(uri) });
  if (probe.works) return { type: 'kvm' };
  if (wanted === 'kvm') throw noAcceleration(probe);
  return { type: 'tcg', note: slow(probe.why) };
}

/** The catalogue's error with the hints that fit this very machine. */
export function noAcceleration(probe: AccelerationProbe): K3sVmError {
  const error = k3sVmError('NO_ACCELERATION', { why: probe.why });
  const last = error.hints.slice(-1);
  return withHints(error, [...probe.hints, ...last]);
}
