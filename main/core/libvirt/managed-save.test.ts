import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { k3sVmError } from '../errors';
import { managedSave, parseJobInfo } from './managed-save';
import type { Virsh, VirshOutcome } from './virsh';

describe('parseJobInfo', () => {
  it('reads how much of the memory is written', () => {
    // virsh 9.0, in the middle of a managedsave
    const text = `Job type:         Unbounded
Operation:        Save
Time elapsed:     1023         ms
Data processed:   402.121 MiB
Data remaining:   2.111 GiB
Data total:       4.016 GiB
Memory processed: 402.121 MiB
Memory remaining: 2.111 GiB
Memory total:     4.016 GiB
Memory bandwidth: 401.000 MiB/s
Dirty rate:       0            pages/s
`;
    expect(parseJobInfo(text)).toEqual({ done: 402.121 * 2 ** 20, total: 4.016 * 2 ** 30 });
  });

  it('knows nothing before there is a job', () => {
    expect(parseJobInfo('Job type:         None\n')).toBeUndefined();
  });
});

/**
 * libvirt with a save that begins after 100 ms and takes as long as nobody cancels it. Its words are those of 9.0.
 *
 * @param takesMs or as long as this
 */
function libvirt(takesMs = Infinity): { virsh: Virsh; log: string[] } {
  const log: string[] = [];
  let cancel: (() => void) | undefined;
  const attempt = async ([command = '']: readonly string[]): Promise<VirshOutcome> => {
    log.push(command);
    if (command === 'domjobabort') {
      if (cancel === undefined) {
        return {
          stdout: '',
          stderr: 'error: Requested operation is not valid: no job is active on the domain',
          fault: 'other',
        };
      }
      await sleep(50);
      cancel();
    }
    if (command !== 'managedsave') return { stdout: '', stderr: '' };
    await sleep(100);
    const cancelled = new Promise<true>((resolve) => (cancel = () => resolve(true)));
    const ended = takesMs === Infinity ? [] : [sleep(takesMs)];
    const outcome = (await Promise.race([cancelled, ...ended])) === true;
    log.push(outcome ? 'cancelled' : 'saved');
    const stderr = 'error: operation aborted: save job: canceled by client';
    return outcome ? { stdout: '', stderr, fault: 'other' } : { stdout: '', stderr: '' };
  };
  return { virsh: { uri: 'qemu:///system', attempt } as unknown as Virsh, log };
}

describe('a save that is cancelled', () => {
  const cancelled = k3sVmError('CANCELLED', { operation: 'suspend' });
  const save = (virsh: Virsh, afterMs: number): Promise<void> => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(cancelled), afterMs);
    return managedSave(
      virsh,
      { name: 'web', uuid: '00000000-0000-4000-8000-000000000001' },
      () => undefined,
      controller.signal,
    );
  };

  it.each([
    ['has not begun', 10],
    ['is under way', 200],
  ])('%s: is over when libvirt has ended it', async (_, afterMs) => {
    const { virsh, log } = libvirt();
    await expect(save(virsh, afterMs)).rejects.toBe(cancelled);
    expect(log.filter((entry) => entry === 'cancelled')).toEqual(['cancelled']);
    const before = log.length;
    await sleep(500);
    expect(log.length, 'nothing goes on').toBe(before);
  });

  it('too late is a save', async () => {
    const { virsh, log } = libvirt(150);
    await save(virsh, 240);
    expect(log.at(-1)).not.toBe('cancelled');
    expect(log).toContain('saved');
  });
});
