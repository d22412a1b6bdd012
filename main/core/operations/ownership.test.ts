import { mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { tempFolder } from '../testing/temp-folder';
import type { Config } from '../config/schema';
import { FakeLibvirt, someMetadata } from '../testing/fake-libvirt';
import { findVm, type Environment } from './environment';
import { adopt } from './ownership';

let root: string;
let libvirt: FakeLibvirt;
const env = (project: string, named = false, name = 'shop'): Environment =>
  ({ config: { name, project } as Config, named, uri: 'qemu:///system', virsh: libvirt.connect() }) as Environment;

beforeEach(() => {
  root = tempFolder();
  for (const name of ['shop', 'other']) mkdirSync(join(root, name));
  libvirt = new FakeLibvirt();
  libvirt.domain('shop', { metadata: someMetadata({ project: join(root, 'shop') }) });
});

describe('a VM belongs to the project that it was made for', () => {
  it('by whichever path', async () => {
    symlinkSync(join(root, 'shop'), join(root, 'link'));
    for (const path of ['shop', 'link']) expect(await findVm(env(join(root, path)))).toBeDefined();
  });

  it('and to no other, named or not', async () => {
    for (const named of [true, false])
      await expect(findVm(env(join(root, 'other'), named))).rejects.toMatchObject({ code: 'FOREIGN_PROJECT' });
  });

  it('and to nobody’s project file once it is gone: only who names it may have it', async () => {
    renameSync(join(root, 'shop'), join(root, 'moved'));
    for (const project of ['moved', 'other'])
      await expect(findVm(env(join(root, project)))).rejects.toMatchObject({
        code: 'ORPHANED',
        hints: expect.arrayContaining([
          expect.objectContaining({ command: 'k3s-vm setup --name shop' }),
          expect.objectContaining({ command: 'k3s-vm reset --name shop' }),
        ]) as unknown,
      });
    expect(await findVm(env(join(root, 'moved'), true))).toBeDefined();
  });

  it('and to the project that takes it along from then on', async () => {
    renameSync(join(root, 'shop'), join(root, 'moved'));
    const vm = await findVm(env(join(root, 'moved'), true));
    if (vm === undefined) throw new Error('not found');
    expect(await adopt(env(join(root, 'moved'), true), vm)).toMatchObject({ project: join(root, 'moved') });
    expect(await findVm(env(join(root, 'moved')))).toBeDefined();
    await expect(findVm(env(join(root, 'other'), true))).rejects.toMatchObject({ code: 'FOREIGN_PROJECT' });
  });

  it('also where it cannot be looked for, as in a folder of another user', async () => {
    const hidden = join(root, 'loop');
    symlinkSync(hidden, hidden);
    libvirt.domain('secret', { metadata: someMetadata({ project: join(hidden, 'shop') }) });
    const asked = findVm(env(join(root, 'other'), true, 'secret'));
    await expect(asked).rejects.toMatchObject({ code: 'FOREIGN_PROJECT' });
  });
});
