import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findProgram, qemuNames } from './find-program';
import { knownOrTried, trialArguments, tryAcceleration, type TrialVerdict } from './kvm-trial';
import { bootDisk, powerOffKernel } from './trial-guests';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3s-vm-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the trial guests', () => {
  it('are a bootable disk and five instructions', () => {
    const disk = bootDisk();
    expect(disk.length).toBe(2 ** 20);
    expect(disk.subarray(510, 512).toString('hex')).toBe('55aa');
    expect(disk.subarray(0x70, 0x1fe).some((byte) => byte !== 0)).toBe(true);
    expect(disk.subarray(0x8e, 0x1fe).every((byte) => byte === 0)).toBe(true);
    expect(powerOffKernel().length).toBe(20);
  });
});

// The guests themselves, run by an emulated CPU: what must be right before KVM can be blamed.
describe.each(['x86_64', 'aarch64'] as const)('the %s guest under TCG', async (arch) => {
  const qemu = await findProgram(qemuNames(arch).filter((name) => name.includes(arch)));

  it.skipIf(qemu === undefined)('runs to its end', async () => {
    expect(await tryAcceleration({ qemu: qemu ?? '', arch, accelerator: 'tcg', timeoutMs: 25_000 })).toEqual({
      outcome: 'passed',
    });
  });
});

/** A program that stands in for QEMU. */
async function fakeQemu(script: string): Promise<string> {
  const path = join(folder, 'qemu');
  await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

describe('tryAcceleration', () => {
  it('passes when the guest reaches its end', async () => {
    expect(await tryAcceleration({ qemu: await fakeQemu('exit 85'), arch: 'x86_64' })).toEqual({ outcome: 'passed' });
  });

  it('tells a guest that hangs', async () => {
    const qemu = await fakeQemu('exec sleep 60');
    expect(await tryAcceleration({ qemu, arch: 'x86_64', timeoutMs: 200 })).toEqual({ outcome: 'hung', seconds: 0.2 });
  });

  it('gives the words of a QEMU that refuses', async () => {
    const qemu = await fakeQemu(
      `echo 'qemu-system-x86_64: ioctl(KVM_CREATE_VM) failed: 16 Device or resource busy' >&2; exit 1`,
    );
    expect(await tryAcceleration({ qemu, arch: 'x86_64' })).toEqual({
      outcome: 'refused',
      text: 'ioctl(KVM_CREATE_VM) failed: 16 Device or resource busy',
    });
  });

  it('does without the debug device where QEMU lacks it', async () => {
    const qemu = await fakeQemu(
      `case "$*" in *isa-debug-exit*) echo "'isa-debug-exit' is not a valid device model name" >&2; exit 1;; esac; exit 0`,
    );
    expect(await tryAcceleration({ qemu, arch: 'x86_64' })).toEqual({ outcome: 'passed' });
  });

  it('ends when it is aborted', async () => {
    const qemu = await fakeQemu('exec sleep 60');
    const reason = new Error('enough');
    await expect(tryAcceleration({ qemu, arch: 'x86_64', signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('doubles commas in the path of the disk', () => {
    expect(trialArguments('x86_64', 'kvm', '/tmp/a,b')).toContain(
      'if=none,id=trial,format=raw,readonly=on,file=/tmp/a,,b',
    );
  });
});

describe('knownOrTried', () => {
  const count = (verdict: TrialVerdict): { calls: number; attempt: () => Promise<TrialVerdict> } => {
    const counter = { calls: 0, attempt: () => Promise.resolve((counter.calls++, verdict)) };
    return counter;
  };
  const state = (): string => join(folder, 'state');

  it.each([{ outcome: 'passed' } as const, { outcome: 'hung', seconds: 8 } as const])(
    'remembers $outcome',
    async (verdict) => {
      const qemu = await fakeQemu('exit 85');
      const tries = count(verdict);
      for (let i = 0; i < 2; i++) {
        expect(await knownOrTried({ qemu, arch: 'x86_64' }, state(), tries.attempt)).toEqual(verdict);
      }
      expect(tries.calls).toBe(1);
      expect(await readFile(join(state(), 'acceleration.json'), 'utf8')).toContain(qemu);
    },
  );

  it('tries again with another QEMU, after a refusal, and over a spoilt file', async () => {
    const qemu = await fakeQemu('exit 85');
    const other = join(folder, 'other');
    await writeFile(other, '');
    const passed = count({ outcome: 'passed' });
    await knownOrTried({ qemu, arch: 'x86_64' }, state(), passed.attempt);
    await knownOrTried({ qemu: other, arch: 'x86_64' }, state(), passed.attempt);
    expect(passed.calls).toBe(2);
    const refused = count({ outcome: 'refused', text: 'busy' });
    await knownOrTried({ qemu, arch: 'x86_64' }, state(), refused.attempt);
    await knownOrTried({ qemu, arch: 'x86_64' }, state(), refused.attempt);
    expect(refused.calls).toBe(2);
    await writeFile(join(state(), 'acceleration.json'), '{"key"');
    await knownOrTried({ qemu, arch: 'x86_64' }, state(), passed.attempt);
    expect(passed.calls).toBe(3);
  });

  it('does not fail where nothing can be kept', async () => {
    const qemu = await fakeQemu('exit 85');
    await writeFile(join(folder, 'file'), '');
    const tries = count({ outcome: 'passed' });
    expect(await knownOrTried({ qemu, arch: 'x86_64' }, join(folder, 'file', 'state'), tries.attempt)).toEqual({
      outcome: 'passed',
    });
  });
});
