import { describe, expect, it } from 'vitest';
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
});

describe('nameProblem', () => {
  it('takes hostnames', () => expect(nameProblem('my-cluster-2')).toBeUndefined());
  it.each(['', 'My', 'a_b', '-a', 'a-', 'a.b', 'x'.repeat(64), '../etc'])('refuses %j', (name) =>
    expect(nameProblem(name)).toBeDefined(),
  );
});
