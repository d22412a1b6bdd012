import { readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../config/schema';
import type { Payload } from '../k3s/payload';
import type { VmMetadata } from '../libvirt/metadata';
import { metadataXml } from '../libvirt/metadata';
import type { Virsh, VirshOutcome } from '../libvirt/virsh';
import { captureGolden, chooseGolden, distrustGolden, findGolden, goldenCapacity, listGolden } from './golden';
import { baseOfGolden, deleteUnusedSharedVolumes, goldenVolumeName, markerOf } from './storage';

const golden = goldenVolumeName('sha256:0123456789abcdef0123', 'aa');
const base = baseOfGolden(golden);
const GiB = 1024 ** 3;

interface Volume {
  content: string;
  mtime: number;
  backing?: string | undefined;
}

/** A libvirt that has one pool, and domains that only their metadata matter of. */
class FakeLibvirt {
  readonly volumes = new Map<string, Volume>();
  readonly domains = new Map<string, Partial<VmMetadata>>();
  readonly calls: string[] = [];
  onCopy: () => string | undefined = () => undefined;
  private clock = 1;

  put(name: string, content = '', backing?: string): void {
    this.volumes.set(name, { content, mtime: this.clock++, backing });
  }

  private answer([command = '', ...args]: readonly string[]): string {
    const name = args.at(-1) ?? '';
    const file = args[3] ?? '';
    const volume = this.volumes.get(command.startsWith('vol-') && args[0] === '--pool' ? (args[2] ?? '') : name);
    const gone = (): never => {
      throw new Error(`error: failed to get vol '${name}'`);
    };
    switch (command) {
      case 'vol-list':
        return [...this.volumes.keys()].map((each) => ` ${each}   /pool/${each}`).join('\n');
      case 'vol-path':
        return volume === undefined ? gone() : `/pool/${name}`;
      case 'vol-dumpxml':
        return volume === undefined ? gone() : this.xml(name, volume);
      case 'vol-download':
        if (volume === undefined) return gone();
        writeFileSync(file, volume.content);
        return '';
      case 'vol-upload':
        this.put(args[2] ?? '', readFileSync(file, 'utf8'));
        return '';
      case 'vol-delete':
        return this.volumes.delete(name) ? '' : gone();
      case 'vol-create': {
        const xml = readFileSync(name, 'utf8');
        const path = /<backingStore><path>\/pool\/([^<]+)/.exec(xml)?.[1];
        this.put(/<name>([^<]+)/.exec(xml)?.[1] ?? '', '', path);
        return '';
      }
      case 'list':
        return [...this.domains.keys()].join('\n');
      case 'blockcopy': {
        const failure = this.onCopy();
        if (failure !== undefined) throw new Error(failure);
        const target = (args[3] ?? '').replace('/pool/', '');
        this.put(target, 'copied', this.volumes.get(target)?.backing);
        return '';
      }
      default:
        return '';
    }
  }

  private xml(name: string, { mtime, backing }: Volume): string {
    const below =
      backing === undefined ? '' : `<backingStore><path>/pool/${backing}</path><format type='qcow2'/></backingStore>`;
    return `<volume><name>${name}</name><capacity unit='bytes'>${5 * GiB}</capacity><allocation unit='bytes'>7</allocation>
      <target><path>/pool/${name}</path><timestamps><mtime>${mtime}.5</mtime></timestamps></target>${below}</volume>`;
  }

  private domainXml(name: string): string {
    const own = this.domains.get(name) ?? {};
    const metadata = {
      schema: 1,
      phase: 'provisioned',
      project: '/p',
      pool: 'default',
      mac: 'm',
      address: 'a',
      sshPort: 1,
      apiPort: 2,
      ...own,
    };
    return `<domain type='kvm'><name>${name}</name><uuid>u</uuid><vcpu>1</vcpu><memory>1</memory>
      <metadata>${metadataXml(metadata as VmMetadata, 'k3svm:')}</metadata></domain>`;
  }

  readonly virsh: Virsh = {
    uri: 'qemu:///system',
    attempt: (args) => {
      this.calls.push(args.join(' '));
      try {
        return Promise.resolve({ stdout: this.answer(args), stderr: '' });
      } catch (error) {
        const stderr = (error as Error).message;
        const fault = stderr.includes('get vol') ? 'no-volume' : stderr.includes('space') ? 'no-space' : 'other';
        return Promise.resolve({ stdout: '', stderr, fault } satisfies VirshOutcome);
      }
    },
    expect: async (faults, args) => {
      const { fault, stdout, stderr } = await this.virsh.attempt(args);
      if (fault === undefined) return stdout;
      if (faults.includes(fault)) return undefined;
      throw new Error(stderr);
    },
    run: async (args) => (await this.virsh.expect([], args)) ?? '',
    batch: (commands) => {
      const name = commands[0]?.at(-1) ?? '';
      return Promise.resolve({ outputs: ['running (booted)', this.domainXml(name), '', ''], stderr: '' });
    },
  };
}

let libvirt: FakeLibvirt;
const capture = (): Promise<string | undefined> =>
  captureGolden(
    libvirt.virsh,
    { domain: 'one', pool: 'default', volume: golden, image: 'debian-12', k3sVersion: 'v1' },
    { signal: new AbortController().signal, report: () => undefined },
  );
const find = (): ReturnType<typeof findGolden> => findGolden(libvirt.virsh, 'default', golden);

beforeEach(() => {
  libvirt = new FakeLibvirt();
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
    expect(await capture()).toContain('there already');
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
    libvirt.domains.set('two', { goldenVolume: golden });
    await distrustGolden(libvirt.virsh, 'default', golden);
    expect(await find()).toBeUndefined();
    expect(await capture()).toContain('still stands on');
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
    const config = { goldenImage: true, pool: 'default', disk: 20 * GiB, ...settings } as Config;
    return chooseGolden({ virsh: libvirt.virsh, config }, image, payload);
  };

  it('is made from the golden image of its kind, or leaves one behind', async () => {
    expect(await choose()).toEqual({ makes: golden, capacity: 5 * GiB });
    await capture();
    expect(await choose()).toMatchObject({ from: { volume: golden } });
  });

  it('does without where that was asked for, and where its disk is too small', async () => {
    expect(await choose({ disk: 4 * GiB })).toBeUndefined();
    await capture();
    expect(await choose({ disk: 4 * GiB })).toBeUndefined();
    expect(await choose({ goldenImage: false })).toBeUndefined();
  });
});

describe('its name', () => {
  it('follows from what goes into it, and tells the guest image', () => {
    expect(goldenVolumeName('sha256:0123456789abcdef0123', 'bb')).not.toBe(golden);
    expect(goldenVolumeName('sha256:fff3456789abcdef0123', 'aa')).not.toBe(golden);
    expect(base).toBe('k3s-vm-base-0123456789abcdef0123.img');
  });
});

describe('shared volumes', () => {
  const left = (): string[] => [...libvirt.volumes.keys()].filter((name) => name.startsWith('k3s-vm-'));

  it('go with the last VM, but for golden images and what those stand on', async () => {
    await capture();
    libvirt.put('k3s-vm-payload-v1-x.iso');
    await deleteUnusedSharedVolumes(libvirt.virsh, 'default', { golden: false });
    expect(left().sort()).toEqual([base, markerOf(base), golden, markerOf(golden)].sort());
  });

  it('go altogether when golden images are pruned, unless a VM stands on one', async () => {
    await capture();
    libvirt.domains.set('two', { goldenVolume: golden, baseVolume: base });
    await deleteUnusedSharedVolumes(libvirt.virsh, 'default', { golden: true });
    expect(left()).toHaveLength(4);
    libvirt.domains.clear();
    expect(await deleteUnusedSharedVolumes(libvirt.virsh, 'default', { golden: true })).toEqual([base, golden]);
    expect(left()).toEqual([]);
  });

  it('include golden images that are half made', async () => {
    libvirt.put(golden, '', base);
    await deleteUnusedSharedVolumes(libvirt.virsh, 'default', { golden: false });
    expect(left()).toEqual([]);
  });
});

describe('listGolden', () => {
  it('tells which can be used and which are in use', async () => {
    await capture();
    const config = { pool: 'default' } as Parameters<typeof listGolden>[0]['config'];
    expect(await listGolden({ virsh: libvirt.virsh, config })).toMatchObject([
      { volume: golden, whole: true, inUse: false },
    ]);
    libvirt.domains.set('two', { goldenVolume: golden });
    libvirt.volumes.delete(markerOf(golden));
    expect(await listGolden({ virsh: libvirt.virsh, config })).toMatchObject([
      { volume: golden, whole: false, inUse: true },
    ]);
  });
});
