import { beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../config/schema';
import type { Payload } from '../k3s/payload';
import { FakeLibvirt, someMetadata } from '../testing/fake-libvirt';
import type { Virsh } from '../libvirt/virsh';
import { captureGolden, chooseGolden, distrustGolden, findGolden, goldenCapacity, listGolden } from './golden';
import { baseContent, deleteUnusedSharedVolumes, goldenContent, markerOf, newVolumeName } from './storage';

const content = goldenContent('sha256:0123456789abcdef0123', 'aa');
const golden = newVolumeName(content);
const base = newVolumeName(baseContent('sha256:0123456789abcdef0123'));
const GiB = 1024 ** 3;

let libvirt: FakeLibvirt;
let virsh: Virsh;
const capture = (): Promise<string | undefined> =>
  captureGolden(
    virsh,
    { domain: { name: 'one', uuid: 'one' }, pool: 'default', volume: golden, image: 'debian-12', k3sVersion: 'v1' },
    { signal: new AbortController().signal, report: () => undefined },
  );
const find = (): ReturnType<typeof findGolden> => findGolden(virsh, 'default', golden);

beforeEach(() => {
  libvirt = new FakeLibvirt();
  virsh = libvirt.connect();
  libvirt.put(base, 'image');
  libvirt.put(markerOf(base));
  libvirt.put('one-system.qcow2', 'disk', base);
});

describe('a golden image', () => {
  it('is a copy of the disk on the same guest image, and can be used from then on', async () => {
    expect(await find()).toBeUndefined();
    expect(await capture()).toBeUndefined();
    expect(libvirt.volumes.get(golden)).toMatchObject({ content: 'copied', backing: base });
    expect(await find()).toMatchObject({ whole: true, path: `/pool/${golden}`, image: 'debian-12', k3sVersion: 'v1' });
  });

  it('is made once', async () => {
    await capture();
    expect(await capture()).toContain('one already');
    expect(libvirt.calls.filter((call) => call.startsWith('blockcopy'))).toHaveLength(1);
  });

  it('is not used without its marker, when its marker was cut off, or without the guest image below it', async () => {
    await capture();
    for (const spoil of [
      () => libvirt.volumes.delete(markerOf(golden)),
      () => libvirt.put(markerOf(golden), '{"schema":1,"mti'),
      () => libvirt.volumes.delete(markerOf(base)),
    ]) {
      const before = new Map(libvirt.volumes);
      spoil();
      expect(await find()).toBeUndefined();
      libvirt.volumes.clear();
      for (const [name, volume] of before) libvirt.volumes.set(name, volume);
      expect(await find()).toBeDefined();
    }
  });

  it('is not used once anything has written to it, and is made again', async () => {
    await capture();
    libvirt.put(golden, 'changed', base);
    expect(await find()).toBeUndefined();
    expect(await capture()).toBeUndefined();
    expect(await find()).toBeDefined();
  });

  it('is left alone when it is not whole but a VM stands on it', async () => {
    await capture();
    libvirt.domain('two', { metadata: someMetadata({ goldenVolume: golden }) });
    await distrustGolden(virsh, 'default', golden);
    expect(await find()).toBeUndefined();
    expect(await capture()).toContain('still uses');
    expect(libvirt.volumes.get(golden)?.content).toBe('copied');
  });

  it('leaves nothing when it could not be copied, and no copy running', async () => {
    libvirt.onCopy = () => 'error: No space left on device';
    await expect(capture()).rejects.toThrow();
    expect([...libvirt.volumes.keys()].filter((name) => name.includes('golden'))).toEqual([]);
    expect(libvirt.calls.at(-2)).toContain('blockjob one vda --abort');
  });

  it('has room for image and K3s, on the smallest disk where that does', () => {
    expect(goldenCapacity(3 * GiB, 0.25 * GiB)).toBe(5 * GiB);
    expect(goldenCapacity(10 * GiB, GiB)).toBe(13 * GiB);
  });
});

describe('a new VM', () => {
  const image = { digest: 'sha256:0123456789abcdef0123', virtualBytes: 2 * GiB };
  const payload = { digest: 'aa', image: { bytes: GiB } } as Payload;
  const choose = (settings: Partial<Config> = {}): ReturnType<typeof chooseGolden> => {
    const config = { goldenImage: true, pool: 'default', diskBytes: 20 * GiB, ...settings } as Config;
    return chooseGolden({ virsh: virsh, config }, image, payload);
  };

  it('is made from the golden image of its kind, or leaves one behind', async () => {
    expect(await choose()).toEqual({ makes: expect.stringContaining(content.stem) as string, capacity: 5 * GiB });
    await capture();
    expect(await choose()).toMatchObject({ from: { volume: golden } });
  });

  it('does without where that was asked for, and where its disk is too small', async () => {
    expect(await choose({ diskBytes: 4 * GiB })).toBeUndefined();
    await capture();
    expect(await choose({ diskBytes: 4 * GiB })).toBeUndefined();
    expect(await choose({ goldenImage: false })).toBeUndefined();
  });
});

describe('its name', () => {
  it('follows from what goes into it, and tells the guest image', () => {
    expect(goldenContent('sha256:0123456789abcdef0123', 'bb')).not.toEqual(content);
    expect(goldenContent('sha256:fff3456789abcdef0123', 'aa')).not.toEqual(content);
    expect(content.stem).toContain('-golden-0123456789abcdef0123-');
  });
});

describe('shared volumes', () => {
  const left = (): string[] => [...libvirt.volumes.keys()].filter((name) => name.startsWith('k3s-vm-'));

  it('go with the last VM, but for golden images and what those stand on', async () => {
    await capture();
    libvirt.put('k3s-vm-payload-v1-0123456789ab.iso');
    await deleteUnusedSharedVolumes(virsh, 'default', 'all but golden');
    expect(left().sort()).toEqual([base, markerOf(base), golden, markerOf(golden)].sort());
  });

  it('go altogether when golden images are pruned, unless a VM stands on one', async () => {
    await capture();
    libvirt.domain('two', { metadata: someMetadata({ goldenVolume: golden, baseVolume: base }) });
    await deleteUnusedSharedVolumes(virsh, 'default', 'all');
    expect(left()).toHaveLength(4);
    libvirt.domains.clear();
    libvirt.volumes.delete('one-system.qcow2');
    expect(await deleteUnusedSharedVolumes(virsh, 'default', 'all')).toEqual([base, golden]);
    expect(left()).toEqual([]);
  });

  it('stay as long as anything stands on them: a VM of others, and a volume that no VM has', async () => {
    libvirt.domain('theirs', { disks: ['/pool/theirs.qcow2'] });
    libvirt.put('theirs.qcow2', '', 'one-system.qcow2');
    await deleteUnusedSharedVolumes(virsh, 'default', 'all');
    expect(left()).toEqual([base, markerOf(base)]);
    libvirt.volumes.delete('theirs.qcow2');
    libvirt.domains.clear();
    await deleteUnusedSharedVolumes(virsh, 'default', 'all');
    expect(left()).toEqual([base, markerOf(base)]);
    libvirt.volumes.delete('one-system.qcow2');
    await deleteUnusedSharedVolumes(virsh, 'default', 'all');
    expect(left()).toEqual([]);
  });

  it('stay where only uploads that broke off are to go', async () => {
    libvirt.volumes.delete('one-system.qcow2');
    const half = newVolumeName(baseContent('sha256:fff3456789abcdef'));
    libvirt.put(half);
    expect(await deleteUnusedSharedVolumes(virsh, 'default', 'unfinished')).toEqual([half]);
    expect(left()).toEqual([base, markerOf(base)]);
  });

  it('include golden images that are half made', async () => {
    libvirt.put(golden, '', base);
    libvirt.volumes.delete('one-system.qcow2');
    await deleteUnusedSharedVolumes(virsh, 'default', 'all but golden');
    expect(left()).toEqual([]);
  });
});

describe('listGolden', () => {
  it('tells which can be used and which are in use', async () => {
    await capture();
    const config = { pool: 'default' } as Parameters<typeof listGolden>[0]['config'];
    expect(await listGolden({ virsh: virsh, config })).toMatchObject([{ volume: golden, whole: true, inUse: false }]);
    libvirt.domain('two', { metadata: someMetadata({ goldenVolume: golden }) });
    libvirt.volumes.delete(markerOf(golden));
    expect(await listGolden({ virsh: virsh, config })).toMatchObject([{ volume: golden, whole: false, inUse: true }]);
  });
});
