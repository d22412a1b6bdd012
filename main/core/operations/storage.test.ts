import { describe, expect, it } from 'vitest';
import { baseVolumeName, ownVolumes, payloadVolumeName } from './storage';

describe('volume names', () => {
  it('name shared volumes by content', () => {
    expect(baseVolumeName('sha512:0123456789abcdef0123')).toBe('k3s-vm-base-0123456789abcdef.img');
    expect(payloadVolumeName('v1.33.4+k3s1', 'sha256:0123456789abcdef')).toBe(
      'k3s-vm-payload-v1.33.4-k3s1-0123456789ab.iso',
    );
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
