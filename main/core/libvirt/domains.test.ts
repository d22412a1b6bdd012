import { describe, expect, it } from 'vitest';
import { FakeLibvirt, someMetadata } from '../testing/fake-libvirt';
import { cancelCopy, copyTopLayer, resizeDisk } from './block-copy';
import {
  destroyDomain,
  findDomain,
  lookAtDomain,
  ourDomains,
  setMetadata,
  shutdownDomain,
  startDomain,
  undefineDomain,
  waitUntilOff,
  wakeDomain,
} from './domains';
import { dropSaved, managedSave, residentBytes } from './managed-save';
import { createVirsh } from './virsh';

const signal = new AbortController().signal;

describe('a domain is found', () => {
  it('by its name alone, where virsh would take the name for an id', async () => {
    const libvirt = new FakeLibvirt();
    libvirt.domain('victim', { id: '1', metadata: someMetadata() });
    expect((await lookAtDomain(libvirt.connect(), '1'))?.facts.name, 'as virsh does').toBe('victim');
    expect(await findDomain(libvirt.connect(), '1')).toBeUndefined();
    const uuid = libvirt.domain('1', { metadata: someMetadata() });
    expect((await findDomain(libvirt.connect(), '1'))?.facts).toMatchObject({ name: '1', uuid });
    expect((await ourDomains(libvirt.connect())).map(({ facts }) => facts.name)).toEqual(['victim', '1']);
  });

  it('by virsh itself, too', async () => {
    const virsh = createVirsh('test:///default');
    const uuid = '6695eb01-f6a4-8304-79aa-97f2502e193f';
    for (const key of ['1', '01', uuid, '66-95eb01f6a48304-79aa-97f2502e19-3f']) {
      expect((await lookAtDomain(virsh, key))?.facts.name, key).toBe('test');
      expect(await findDomain(virsh, key), key).toBeUndefined();
    }
    expect((await findDomain(virsh, 'test'))?.facts.uuid).toBe(uuid);
  });
});

describe('a domain is woken', () => {
  it.each([
    ['paused', 'resume'],
    ['pmsuspended', 'dompmwakeup'],
    ['running', undefined],
    ['shut off', undefined],
  ])('%s: %s', async (state, verb) => {
    const libvirt = new FakeLibvirt();
    const uuid = libvirt.domain('vm', { id: '1' });
    const woken = await wakeDomain(libvirt.connect(), { name: 'vm', uuid }, { state, reason: '' }, signal);
    expect(woken).toBe(verb !== undefined);
    expect(libvirt.calls).toEqual(verb === undefined ? [] : [`${verb} ${uuid}`]);
  });
});

describe('whatever is done to a domain', () => {
  it('is done to the UUID that was looked at, whatever its name means to virsh by now', async () => {
    const libvirt = new FakeLibvirt();
    libvirt.domain('victim', { id: '1', metadata: someMetadata() });
    const uuid = libvirt.domain('1', { id: '7', metadata: someMetadata() });
    const domain = { name: '1', uuid };
    const virsh = libvirt.connect();
    await startDomain(virsh, domain, { memory: '', volume: '', pool: '' });
    await setMetadata(virsh, domain, someMetadata({ phase: 'removing' }), true);
    await shutdownDomain(virsh, domain);
    await managedSave(virsh, domain, () => undefined, signal);
    await residentBytes(virsh, domain);
    await dropSaved(virsh, domain);
    await cancelCopy(virsh, domain);
    libvirt.put('copy');
    await copyTopLayer(virsh, domain, '/pool/copy', signal);
    await resizeDisk(virsh, domain, 1);
    await destroyDomain(virsh, domain);
    await waitUntilOff(virsh, domain, 1, signal);
    await undefineDomain(virsh, domain);
    expect(libvirt.calls.length).toBeGreaterThan(10);
    expect(libvirt.calls.filter((call) => !call.includes(` ${uuid}`))).toEqual([]);
    expect([...libvirt.domains.values()].map(({ name }) => name)).toEqual(['victim']);
  });
});
