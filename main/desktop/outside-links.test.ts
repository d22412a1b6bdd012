import { expect, test } from 'vitest';
import { isOutsideLink } from './outside-links';

test.each([
  ['https://docs.k3s.io/installation', true],
  ['https://kubernetes.io/docs/tasks/tools/#kubectl', true],
  ['http://docs.k3s.io/', false],
  ['https://docs.k3s.io:8443/', false],
  ['https://docs.k3s.io@evil.example/', false],
  ['https://user@docs.k3s.io/', false],
  ['https://docs.k3s.io.evil.example/', false],
  ['https://evil.example/docs.k3s.io', false],
  ['file:///etc/passwd', false],
  ['javascript:alert(1)', false],
  ['ssh://docs.k3s.io', false],
  ['docs.k3s.io', false],
  ['', false],
])('%s: %s', (url, allowed) => {
  expect(isOutsideLink(url)).toBe(allowed);
});
