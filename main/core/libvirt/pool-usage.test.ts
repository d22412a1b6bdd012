import { describe, expect, it } from 'vitest';
import { FakeLibvirt } from '../testing/fake-libvirt';
import { mentions, poolUsage, unneeded } from './pool-usage';

const volume = { name: 'a-system.qcow2', path: '/pool/a-system.qcow2' };
const inXml = (xml: string): boolean => mentions({ uuid: 'u', xml }, 'default', volume);

describe('a domain mentions a volume', () => {
  it.each([
    ["<disk><source file='/pool/a-system.qcow2'/></disk>", true],
    ["<backingStore type='file'><source file='/pool/a-system.qcow2'/></backingStore>", true],
    ["<disk type='volume'><source pool='default' volume='a-system.qcow2'/></disk>", true],
    ['<os><kernel>/pool/a-system.qcow2</kernel></os>', true],
    ["<qemu:arg value='file=/pool/a-system.qcow2,if=none'/>", true],
    ["<source file='/pool/a-system.qcow2.backup'/><source file='/pool/a-system.qcow2'/>", true],
    ["<source file='/pool/a-system.qcow2.backup'/>", false],
    ["<source file='/pool/b-system.qcow2'/>", false],
    ["<source pool='other' volume='a-system.qcow2'/>", false],
  ])('%s: %s', (xml, expected) => expect(inXml(xml)).toBe(expected));

  it('also where libvirt writes the path with escapes', async () => {
    const libvirt = new FakeLibvirt();
    libvirt.put('x.qcow2');
    libvirt.domain('theirs', { disks: ['/p&#xF6;&#246;l &amp; co/x.qcow2'] });
    const { domains } = await poolUsage(libvirt.connect(), 'default');
    const [theirs] = domains;
    expect(theirs && mentions(theirs, 'default', { name: 'x.qcow2', path: '/pööl & co/x.qcow2' })).toBe(true);
  });
});

describe('what is not needed', () => {
  const free = async (libvirt: FakeLibvirt, names: string[], except?: string): Promise<string[]> =>
    unneeded(await poolUsage(libvirt.connect(), 'default'), new Set(names), except).map(({ name }) => name);

  it('is what no domain names, and nothing that stays stands on, however far below', async () => {
    const libvirt = new FakeLibvirt();
    for (const [name, backing] of [['base'], ['middle', 'base'], ['top', 'middle'], ['alone']] as const)
      libvirt.put(name, '', backing);
    expect(await free(libvirt, ['base', 'middle', 'top', 'alone'])).toEqual(['base', 'middle', 'top', 'alone']);
    expect(await free(libvirt, ['base', 'alone'])).toEqual(['alone']);
    const uuid = libvirt.domain('vm', { disks: ['/pool/top'] });
    expect(await free(libvirt, ['base', 'middle', 'top', 'alone'])).toEqual(['alone']);
    expect(await free(libvirt, ['base', 'middle', 'top', 'alone'], uuid)).toHaveLength(4);
  });

  it('is looked for in a pool of any size', async () => {
    const libvirt = new FakeLibvirt();
    for (let i = 0; i < 450; i++) libvirt.put(`v${i}`, '', i === 0 ? undefined : `v${i - 1}`);
    libvirt.domain('vm', { disks: ['/pool/v448'] });
    expect(await free(libvirt, [...libvirt.volumes.keys()])).toEqual(['v449']);
  });

  it('is nothing where libvirt does not answer', async () => {
    const libvirt = new FakeLibvirt();
    libvirt.put('alone');
    libvirt.domain('vm');
    const virsh = libvirt.connect();
    for (const silent of ['vol-dumpxml', 'dumpxml']) {
      const batch: typeof virsh.batch = async (commands) =>
        commands[0]?.[0] === silent
          ? { outputs: commands.map(() => ''), stderr: 'error: something odd' }
          : virsh.batch(commands);
      await expect(poolUsage({ ...virsh, batch }, 'default')).rejects.toMatchObject({ code: 'LIBVIRT' });
    }
  });
});
