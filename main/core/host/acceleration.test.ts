import { describe, expect, it } from 'vitest';
import { K3sVmError } from '../errors';
import type { Virsh, VirshOutcome } from '../libvirt/virsh';
import {
  chooseAcceleration,
  probeAcceleration,
  virtualizationFlag,
  type KvmDevice,
  type ProbeOptions,
} from './acceleration';
import type { TrialVerdict } from './kvm-trial';

const cpuinfo = (flags: string): string =>
  `processor\t: 0\nvendor_id\t: X\nflags\t\t: fpu vme ${flags} sse2\nbugs\t\t: none\n`;

const machine = (
  device: KvmDevice,
  flags: string,
  trial?: TrialVerdict | 'no-qemu',
  arch = 'x64',
): Omit<ProbeOptions, 'signal' | 'system'> => ({
  arch,
  openDevice: () => Promise.resolve(device),
  readCpuinfo: () => Promise.resolve(cpuinfo(flags)),
  findQemu: () => Promise.resolve(trial === 'no-qemu' ? undefined : '/usr/bin/qemu-system-x86_64'),
  runTrial: () => {
    if (trial === undefined || trial === 'no-qemu') throw new Error('no trial was expected');
    return Promise.resolve(trial);
  },
});

/** A virsh that answers every command alike. */
const virshFor = (outcome: VirshOutcome) => (uri: string) =>
  ({ uri, attempt: () => Promise.resolve(outcome) }) as unknown as Virsh;
const noVirsh = (): Virsh => {
  throw new Error('libvirt must not be asked: it may hang');
};

describe('virtualizationFlag', () => {
  it('takes a flag for a flag only', () => {
    expect(virtualizationFlag(cpuinfo('vmx'))).toBe('vmx');
    expect(virtualizationFlag(cpuinfo('svm'))).toBe('svm');
    expect(virtualizationFlag(cpuinfo('svm_lock vmxoff'))).toBeUndefined();
    expect(virtualizationFlag(`${cpuinfo('')}vmx flags\t: vnmi\n`)).toBeUndefined();
    expect(virtualizationFlag('')).toBeUndefined();
  });
});

describe('probeAcceleration', () => {
  it.each([
    [machine('open', 'vmx', { outcome: 'passed' }), true, false, /a guest ran/],
    [machine('open', 'svm', { outcome: 'hung', seconds: 8 }), false, true, /a guest that uses it hangs/],
    [
      machine('open', 'vmx', { outcome: 'refused', text: 'Device or resource busy' }),
      false,
      false,
      /could not use .*busy/,
    ],
    [machine('open', 'vmx', 'no-qemu'), true, false, /QEMU is missing/],
    // No trial here: without the flag it could only hang.
    [machine('open', ''), false, true, /neither vmx nor svm/],
    [machine('missing', ''), false, false, /the CPU offers no virtualization/],
    [machine('missing', 'vmx'), false, false, /there is no \/dev\/kvm, though the CPU has vmx/],
    [machine('dead', 'vmx'), false, false, /no kernel module/],
    [machine('forbidden', 'vmx'), false, false, /cannot open/],
    [{ ...machine('forbidden', 'vmx'), system: true }, true, false, /libvirt can open it/],
    [{ ...machine('forbidden', ''), system: true }, false, true, /neither vmx nor svm/],
    [machine('open', '', { outcome: 'passed' }, 'arm64'), true, false, /a guest ran/],
    [machine('missing', '', undefined, 'arm64'), false, false, /^there is no \/dev\/kvm$/],
  ])('case %#', async (options, works, trap, why) => {
    const probe = await probeAcceleration(options);
    expect(probe).toMatchObject({ works, trap });
    expect(probe.why).toMatch(why);
    expect(probe.hints.length > 0).toBe(!works);
  });

  it('looks at real files', async () => {
    const probe = await probeAcceleration({
      ...machine('open', 'vmx'),
      openDevice: undefined as never,
      device: '/nonexistent/kvm',
    });
    expect(probe.device).toBe('missing');
  });
});

describe('chooseAcceleration', () => {
  const works = machine('open', 'vmx', { outcome: 'passed' });
  const broken = machine('open', '');

  it('does as it is told, without a look, for tcg', async () => {
    expect(await chooseAcceleration('tcg', 'qemu:///system', { virshFor: noVirsh })).toEqual({ type: 'tcg' });
  });

  it('takes KVM where it works', async () => {
    expect(await chooseAcceleration('auto', 'qemu:///system', { virshFor: noVirsh, ...works })).toEqual({
      type: 'kvm',
    });
    expect(await chooseAcceleration('kvm', 'qemu:///session', { virshFor: noVirsh, ...works })).toEqual({
      type: 'kvm',
    });
  });

  it('falls back with a note on auto', async () => {
    const choice = await chooseAcceleration('auto', 'qemu:///system', { virshFor: noVirsh, ...broken });
    expect(choice.type).toBe('tcg');
    expect(choice.note).toMatch(/several times slower: .*neither vmx nor svm/);
  });

  it('throws when KVM is demanded, with the way out', async () => {
    const error = await chooseAcceleration('kvm', 'qemu:///system', { virshFor: noVirsh, ...broken }).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(K3sVmError);
    const { code, hints } = error as K3sVmError;
    expect(code).toBe('NO_ACCELERATION');
    expect(hints.map((hint) => hint.command).join('\n')).toMatch(/\/dev\/kvm\.disabled[^]*acceleration tcg/);
  });

  it('needs this user in the kvm group for a session only', async () => {
    const forbidden = machine('forbidden', 'vmx');
    expect((await chooseAcceleration('auto', 'qemu:///session', { virshFor: noVirsh, ...forbidden })).type).toBe('tcg');
    expect((await chooseAcceleration('auto', 'qemu:///system', { virshFor: noVirsh, ...forbidden })).type).toBe('kvm');
  });

  it("takes another machine's libvirt at its word", async () => {
    const uri = 'qemu+ssh://host/system';
    const yes = virshFor({ stdout: '<domainCapabilities/>', stderr: '' });
    const no = virshFor({
      stdout: '',
      stderr: "error: invalid argument: KVM is not supported by '/usr/bin/qemu-system-x86_64' on this host",
      fault: 'other',
    });
    expect(await chooseAcceleration('auto', uri, { virshFor: yes, ...broken })).toEqual({ type: 'kvm' });
    expect((await chooseAcceleration('auto', uri, { virshFor: no, ...works })).type).toBe('tcg');
    await expect(chooseAcceleration('kvm', uri, { virshFor: no, ...works })).rejects.toMatchObject({
      code: 'NO_ACCELERATION',
    });
  });
});
