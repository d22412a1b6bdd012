import { describe, expect, it } from 'vitest';
import { seeded } from '../testing/random';
import { defaultName, nameProblem, slug } from './naming';

describe('slug', () => {
  it.each([
    ['My Café (2)', 'my-cafe-2'],
    ['--a__b..c--', 'a-b-c'],
    ['プロジェクト', ''],
  ])('makes %j %j', (text, expected) => expect(slug(text)).toBe(expected));
});

describe('defaultName', () => {
  it('tells folders of the same name apart', () => {
    expect(defaultName('/a/shop')).toMatch(/^k3s-shop-[0-9a-f]{6}$/);
    expect(defaultName('/a/shop')).not.toBe(defaultName('/b/shop'));
  });
  it('is the same at every call', () => expect(defaultName('/a/shop')).toBe(defaultName('/a/shop')));
  it.each(['/', '/プロジェクト', `/${'x'.repeat(200)}`, `/${'a'.repeat(51)}-${'b'.repeat(50)}`])(
    'is a hostname for %s',
    (path) => expect(nameProblem(defaultName(path))).toBeUndefined(),
  );
  it('is one that may be given, whatever the folder is called', () => {
    const random = seeded(12);
    for (let i = 0; i < 2000; i++) {
      const start = random.pick([
        '',
        'vm',
        'vm-',
        'VM base',
        'vm-base',
        'vm_payload',
        'vm-golden-',
        'vm-golden.console',
      ]);
      const path = `/work/${start}${random.text('abf019-_ é', 70)}`;
      expect(nameProblem(defaultName(path)), path).toBeUndefined();
    }
  });
  it('keeps out of the names of shared volumes', () => {
    expect(defaultName('/a/vm-base')).toMatch(/^k3s-project-vm-base-[0-9a-f]{6}$/);
    expect(defaultName('/a/vm-tools')).toMatch(/^k3s-vm-tools-[0-9a-f]{6}$/);
  });
});

describe('nameProblem', () => {
  it('takes hostnames', () => expect(nameProblem('my-cluster-2')).toBeUndefined());
  it.each(['', 'My', 'a_b', '-a', 'a-', 'a.b', 'x'.repeat(64), '../etc'])('refuses %j', (name) =>
    expect(nameProblem(name)).toBeDefined(),
  );
  it.each([
    ['1', /id of a running VM/],
    ['007', /id of a running VM/],
    ['6695eb01f6a4830479aa97f2502e193f', /UUID/],
    ['6695eb01-f6a4-8304-79aa-97f2502e193f', /UUID/],
    ['66-95eb01f6a48304-79aa-97f2502e19-3f', /UUID/],
    ['k3s-vm-base', /begin with "k3s-vm-base"/],
    ['k3s-vm-payload-1', /begin with "k3s-vm-payload"/],
    ['k3s-vm-golden-a-b', /begin with "k3s-vm-golden"/],
    ['shop-console', /reserved for console logs/],
  ])('refuses %j, which virsh or we would take for something else', (name, why) =>
    expect(nameProblem(name)).toMatch(why),
  );
  it.each(['1a', 'k3s-vm', 'k3s-vm-tools', 'k3s-vm-based', 'console', '6695eb01f6a4830479aa97f2502e193'])(
    'takes %j',
    (name) => expect(nameProblem(name)).toBeUndefined(),
  );
});
