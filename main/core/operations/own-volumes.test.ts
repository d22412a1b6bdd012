import { beforeEach, describe, expect, it } from 'vitest';
import { createVolume } from '../libvirt/volumes';
import type { Virsh } from '../libvirt/virsh';
import { FakeLibvirt } from '../testing/fake-libvirt';
import { withTempFile } from '../files/temp-file';
import { deleteOwnVolumes, makeOwnVolumes, ownVolumes, requireFreeNames } from './own-volumes';

const base = 'k3s-vm-base-0123456789abcdef-00000000.img';
const disks = ['/pool/shop-system.qcow2', '/pool/shop-seed.iso', '/pool/k3s-vm-payload-v1-0123456789ab.iso'];
let libvirt: FakeLibvirt;
let virsh: Virsh;
let uuid: string;

beforeEach(() => {
  libvirt = new FakeLibvirt();
  virsh = libvirt.connect();
  libvirt.put(base);
  libvirt.put('k3s-vm-payload-v1-0123456789ab.iso');
  libvirt.put('shop-system.qcow2', '', base);
  libvirt.put('shop-seed.iso');
  uuid = libvirt.domain('shop', { disks });
});

const remove = (paths = disks): ReturnType<typeof deleteOwnVolumes> =>
  deleteOwnVolumes(virsh, 'default', { name: 'shop', uuid, disks: paths });

describe('the volumes of a VM', () => {
  it('are its disk and its seed, exactly', async () => {
    const others = ['shop-system.qcow2.backup-2026', 'shop-system.old', 'shop-seed.iso.bak', 'shop-b-system.qcow2'];
    for (const other of others) libvirt.put(other);
    expect(await remove()).toEqual({ deleted: ['shop-system.qcow2', 'shop-seed.iso'], kept: [] });
    expect([...libvirt.volumes.keys()].filter((name) => name.startsWith('shop'))).toEqual(others);
  });

  it('are the overlays above its disk, too, and not the disks that somebody gave it', async () => {
    libvirt.put('shop-1.qcow2', '', 'shop-system.qcow2');
    libvirt.put('shop-2.qcow2', '', 'shop-1.qcow2');
    libvirt.put('data.qcow2');
    const paths = ['/pool/shop-2.qcow2', '/pool/shop-seed.iso', '/pool/data.qcow2'];
    const { deleted } = await remove(paths);
    expect(deleted).toEqual(['shop-2.qcow2', 'shop-1.qcow2', 'shop-system.qcow2', 'shop-seed.iso']);
    expect(libvirt.volumes.has('data.qcow2')).toBe(true);
  });

  it('stay when another domain, or a volume of somebody’s, stands on them', async () => {
    libvirt.put('clone.qcow2', '', 'shop-system.qcow2');
    libvirt.domain('theirs', { extra: "<disk><source file='/pool/shop-seed.iso'/></disk>" });
    expect(await remove()).toEqual({ deleted: [], kept: ['shop-system.qcow2', 'shop-seed.iso'] });
    libvirt.volumes.delete('clone.qcow2');
    expect(await remove()).toEqual({ deleted: ['shop-system.qcow2'], kept: ['shop-seed.iso'] });
  });

  it('are never shared ones, wherever its disk points', () => {
    const volumes = [...libvirt.volumes].map(([name]) => ({ name, path: `/pool/${name}` }));
    expect(ownVolumes(volumes, { name: 'other', disks: [`/pool/${base}`] })).toEqual([]);
  });

  it('are made under its definition, which goes when a name has been taken meanwhile', async () => {
    libvirt.domains.clear();
    libvirt.volumes.clear();
    libvirt.put(base);
    const vm = { name: 'shop', uuid: libvirt.domain('shop', { disks }) };
    const system = { capacity: 1, backing: { path: `/pool/${base}`, format: 'qcow2' } } as const;
    const withSeed = (upload: (file: string) => Promise<string>): Promise<string> => withTempFile('seed', upload);
    const make = (): Promise<string> => makeOwnVolumes(virsh, 'default', vm, system, withSeed);
    expect(await make()).toBe('/pool/shop-system.qcow2');
    expect(Object.fromEntries(libvirt.volumes)).toMatchObject({
      'shop-system.qcow2': { backing: base },
      'shop-seed.iso': { content: 'seed' },
    });

    libvirt.volumes.delete('shop-system.qcow2');
    libvirt.put('shop-seed.iso', 'somebody’s');
    await expect(make()).rejects.toMatchObject({ code: 'VOLUME_EXISTS' });
    expect([...libvirt.domains.keys()]).toEqual([]);
    expect([...libvirt.volumes.keys()]).toEqual([base, 'shop-seed.iso']);
    expect(libvirt.volumes.get('shop-seed.iso')?.content).toBe('somebody’s');
  });

  it('are none that were there before it: those are named, and not touched', async () => {
    libvirt.domains.clear();
    await expect(requireFreeNames(virsh, 'default', 'shop')).rejects.toMatchObject({
      code: 'VOLUME_EXISTS',
      message: expect.stringContaining('"shop-system.qcow2"') as string,
    });
    await expect(requireFreeNames(virsh, 'default', 'shop-b')).resolves.toBeUndefined();
    const volume = { name: 'shop-seed.iso', capacity: 1, format: 'raw' } as const;
    await expect(createVolume(virsh, 'default', volume)).rejects.toMatchObject({ code: 'VOLUME_EXISTS' });
    expect(libvirt.calls.filter((call) => call.startsWith('vol-delete'))).toEqual([]);
  });
});
