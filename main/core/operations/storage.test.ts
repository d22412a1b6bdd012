import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nameProblem } from '../config/naming';
import type { Config } from '../config/schema';
import type { Virsh } from '../libvirt/virsh';
import { createVolume } from '../libvirt/volumes';
import { domainText, FakeLibvirt, someMetadata } from '../testing/fake-libvirt';
import { seeded } from '../testing/random';
import { withTempFile } from '../files/temp-file';
import { vmVolumes } from './environment';
import { chooseGround, claimGround, layGround, type Ingredients } from './ground';
import {
  baseContent,
  contentOf,
  deleteUnusedSharedVolumes,
  goldenContent,
  isComplete,
  isShared,
  markerOf,
  newVolumeName,
  payloadContent,
  wholeVolumes,
  type Claims,
} from './storage';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
const base = baseContent(digest);
const payload = payloadContent('v1.36.1+k3s1', digest);

describe('names of shared volumes', () => {
  it('tell what is in them, and are never used twice', () => {
    expect(newVolumeName(base)).toMatch(/^k3s-vm-base-(0123456789abcdef){2}-[0-9a-f]{8}\.img$/);
    expect(newVolumeName(payload)).toMatch(/^k3s-vm-payload-v1\.36\.1-k3s1-(0123456789abcdef){2}-[0-9a-f]{8}\.iso$/);
    expect(newVolumeName(base)).not.toBe(newVolumeName(base));
    for (const content of [base, payload, goldenContent(digest, 'aa')]) {
      expect(isShared(newVolumeName(content))).toBe(true);
      expect(contentOf(newVolumeName(content))).toEqual(content);
      expect(contentOf(content.stem + content.suffix)).toEqual(content);
    }
  });

  it('hold so much of a digest that nobody finds other content for one', () => {
    const near = digest.slice(0, -33) + 'e'.repeat(33);
    expect(baseContent(near)).not.toEqual(base);
    expect(payloadContent('v1.36.1+k3s1', near)).not.toEqual(payload);
    expect(goldenContent(near, 'aa')).not.toEqual(goldenContent(digest, 'aa'));
  });

  it.each([
    'k3s-vm-base-0123456789abcdef.img',
    'k3s-vm-payload-v1.36.1-k3s1-0123456789ab.iso',
    'k3s-vm-golden-0123456789abcdef-0123456789abcdef.qcow2',
  ])('are known as earlier versions wrote them, and not used: %s', (name) => {
    expect(isShared(name)).toBe(true);
    const names = [name, markerOf(name)];
    for (const content of [base, payload]) expect(wholeVolumes(names, content)).toEqual([]);
  });

  it.each([
    'k3s-vm-base-1a2b3c-system.qcow2',
    'k3s-vm-base-1a2b3c-seed.iso',
    'k3s-vm-base-0123456789abcdef.img.backup',
    'my-k3s-vm-base-0123456789abcdef.img',
    'k3s-vm-base-0123456789abcdef.qcow2',
    'k3s-vm-payload.iso',
  ])('are not %s', (name) => expect(isShared(name)).toBe(false));

  it('count when they are whole, and only for their content', () => {
    const [old, fresh, broken] = [base.stem + base.suffix, newVolumeName(base), newVolumeName(base)];
    const other = newVolumeName(baseContent('sha256:ffff456789abcdef'));
    const names = [old, fresh, other].flatMap((name) => [name, markerOf(name)]);
    expect(wholeVolumes([...names, broken], base)).toEqual([old, fresh]);
  });

  it('are never those of a VM, whatever name it may have, nor are two VMs’ the same', () => {
    const random = seeded(6);
    const owners = new Map<string, string>();
    const pieces = [
      'k3s-vm',
      'vm',
      'base',
      'payload',
      'golden',
      'system',
      'seed',
      'console',
      '0123456789abcdef',
      'a',
      '7',
    ];
    for (let i = 0; i < 4000; i++) {
      const length = 1 + random.int(5);
      const name = Array.from({ length }, () => random.pick(pieces)).join(random.pick(['-', '']));
      if (nameProblem(name) !== undefined) continue;
      for (const volume of Object.values(vmVolumes(name))) {
        expect(isShared(volume), volume).toBe(false);
        expect(isShared(volume.replace(/\.complete$/, ''))).toBe(false);
        expect(owners.get(volume) ?? name, volume).toBe(name);
        owners.set(volume, name);
      }
    }
    expect(owners.size).toBeGreaterThan(1500);
  });
});

/**
 * Users who know nothing of each other's locks: each virsh call of any of them may come between any two of the others', and
 * any of them may be killed at any time.
 */
describe('two users of one pool', () => {
  let folder: string;
  let ingredients: Ingredients;
  const never = new Promise<never>(() => undefined);
  const config = { pool: 'default', goldenImage: false, diskBytes: 20 * 2 ** 30 } as Config;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'k3s-vm-storage-'));
    const path = join(folder, 'image');
    writeFileSync(path, 'the guest image');
    const image = { path, digest: 'sha256:0123456789abcdef', format: 'qcow2', virtualBytes: 5, name: 'debian-12' };
    const k3s = { digest: 'sha256:fedcba9876543210', image: { bytes: 3, stream: () => 'iso' } };
    ingredients = { image, k3sVersion: 'v1.36.1+k3s1', payload: k3s } as unknown as Ingredients;
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What setup does of it, up to the VM's own disk. */
  async function setup(virsh: Virsh, name: string, uuid: string): Promise<Claims> {
    const work = { signal: new AbortController().signal, report: () => undefined };
    const choose = (): ReturnType<typeof chooseGround> => chooseGround({ virsh, config }, ingredients, 2 ** 40);
    const define = async (claims: Claims): Promise<void> => {
      const metadata = someMetadata({ ...claims, phase: 'created' });
      const disks = [`/pool/${vmVolumes(name).system}`];
      await withTempFile(domainText(name, uuid, { metadata, disks }), (file) => virsh.run(['define', file]));
    };
    const ground = await claimGround({ virsh, config }, await choose(), choose, define);
    const backing = await layGround({ virsh, config }, ground, ingredients, work);
    await createVolume(virsh, 'default', { name: vmVolumes(name).system, capacity: 1, format: 'qcow2', backing });
    return ground.claims;
  }

  const uuidOf = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`;

  /** Runs several users' work, in an order that the seed says. @param killed how many of them stop somewhere for ever */
  async function interleave(
    seed: number,
    libvirt: FakeLibvirt,
    users: readonly ((virsh: Virsh) => Promise<unknown>)[],
    killed: number,
  ): Promise<void> {
    const random = seeded(seed);
    let waiting: { readonly user: number; readonly go: () => void }[] = [];
    const left = users.map((_, i) => (i < killed ? random.int(30) : Infinity));
    const running = new Set(users.keys());
    const failures: unknown[] = [];
    users.forEach((work, i) => {
      const turn = (): Promise<void> =>
        (left[i] ?? 0) <= 0 ? (running.delete(i), never) : new Promise((go) => waiting.push({ user: i, go }));
      work(libvirt.connect(turn))
        .catch((error: unknown) => failures.push(error))
        .finally(() => running.delete(i));
    });
    while (running.size > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      // The slowest may be the next: nobody is kept waiting so that the others look like one step
      waiting = waiting.filter(({ user }) => running.has(user));
      if (new Set(waiting.map(({ user }) => user)).size < running.size || running.size === 0) continue;
      const next = random.pick(waiting);
      left[next.user] = (left[next.user] ?? 0) - 1;
      waiting = waiting.filter((each) => each !== next);
      next.go();
    }
    expect(failures).toEqual([]);
  }

  const wholeFor = (libvirt: FakeLibvirt, { baseVolume, payloadVolume = '' }: Claims): void => {
    for (const volume of [baseVolume, payloadVolume]) {
      expect([...libvirt.volumes.keys()], 'what a VM stands on is there').toContain(volume);
      expect(libvirt.volumes.get(volume)?.content).toBe(volume === baseVolume ? 'the guest image' : 'iso');
    }
  };

  it('never lose what their VMs stand on to each other’s resets and prunes', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const libvirt = new FakeLibvirt();
      // Sometimes there is something to find, and to delete
      if (seed % 2 === 0) await setup(libvirt.connect(), 'gone', uuidOf(9));
      libvirt.domains.clear();
      libvirt.volumes.delete('gone-system.qcow2');
      const claims: Claims[] = [];
      const sets = [1, 2].map((n) => async (virsh: Virsh) => claims.push(await setup(virsh, `vm${n}`, uuidOf(n))));
      const deletes = (['all', 'all but golden'] as const).map(
        (extent) => (virsh: Virsh) => deleteUnusedSharedVolumes(virsh, 'default', extent),
      );
      await interleave(seed, libvirt, [...sets, ...deletes], 0);
      expect(claims).toHaveLength(2);
      for (const claim of claims) wholeFor(libvirt, claim);
    }
  });

  it('are no hindrance to each other when one is killed, and leave nothing in the end', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const libvirt = new FakeLibvirt();
      let claims: Claims | undefined;
      const killed = (virsh: Virsh): Promise<unknown> => setup(virsh, 'killed', uuidOf(1));
      const reset = (virsh: Virsh): Promise<unknown> => deleteUnusedSharedVolumes(virsh, 'default', 'all but golden');
      const survivor = async (virsh: Virsh): Promise<void> => void (claims = await setup(virsh, 'vm', uuidOf(2)));
      await interleave(seed, libvirt, [killed, reset, survivor], 2);
      wholeFor(libvirt, claims as Claims);
      const volumes = [...libvirt.volumes.keys()];
      expect(isComplete(volumes, (claims as Claims).baseVolume)).toBe(true);
      libvirt.domains.clear();
      for (const name of volumes) if (!isShared(name.replace(/\.complete$/, ''))) libvirt.volumes.delete(name);
      await deleteUnusedSharedVolumes(libvirt.connect(), 'default', 'all');
      expect([...libvirt.volumes.keys()]).toEqual([]);
    }
  });
});
