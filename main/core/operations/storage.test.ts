import { describe, expect, it } from 'vitest';
import { baseOfGolden, baseVolumeName, goldenVolumeName, isGolden, ownVolumes, payloadVolumeName } from './storage';

describe('volume names', () => {
  it('name shared volumes by content', () => {
    expect(baseVolumeName('sha512:0123456789abcdef0123')).toBe('k3s-vm-base-0123456789abcdef0123.img');
    expect(payloadVolumeName('v1.33.4+k3s1', 'sha256:0123456789abcdef')).toBe(
      'k3s-vm-payload-v1.33.4-k3s1-0123456789abcdef.iso',
    );
  });

  it('hold so much of a digest that nobody finds other content for one', () => {
    const digest = (start: string): string => `sha256:${start.padEnd(64, '0')}`;
    const ours = digest('0123456789abcdef0123456789abcdef');
    const near = digest('0123456789abcdef0123456789abcdee');
    expect(baseVolumeName(ours)).not.toBe(baseVolumeName(near));
    expect(payloadVolumeName('v1', ours)).not.toBe(payloadVolumeName('v1', near));
    expect(goldenVolumeName(ours, 'aa')).not.toBe(goldenVolumeName(near, 'aa'));
    const golden = goldenVolumeName(ours, 'aa');
    expect(isGolden(golden)).toBe(true);
    expect(baseOfGolden(golden)).toBe(baseVolumeName(ours));
    expect(golden).toMatch(/-[0-9a-f]{32}-[0-9a-f]{32}\.qcow2$/);
  });

  it('are known in the shorter form of earlier versions', () => {
    const golden = `k3s-vm-golden-${'ab'.repeat(8)}-${'cd'.repeat(8)}.qcow2`;
    expect(isGolden(golden)).toBe(true);
    expect(baseOfGolden(golden)).toBe(`k3s-vm-base-${'ab'.repeat(8)}.img`);
  });

  it('find a VM’s own volumes, external snapshots included, and nobody else’s', () => {
    const names = [
      'k3s-a-system.qcow2',
      'k3s-a-system.before-upgrade',
      'k3s-a-seed.iso',
      'k3s-a-b-system.qcow2',
      'k3s-vm-base-1.img',
      'data.qcow2',
    ];
    expect(ownVolumes(names, 'k3s-a')).toEqual(['k3s-a-system.qcow2', 'k3s-a-system.before-upgrade', 'k3s-a-seed.iso']);
  });
});
