import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { problemWith, requestedProject, usualProject } from './start-project';

let root: string;
beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'k3s-vm-start-')));
  mkdirSync(join(root, 'marked', 'deep'), { recursive: true });
  mkdirSync(join(root, 'plain'));
  writeFileSync(join(root, 'marked', 'k3s-vm.yaml'), '');
});
afterAll(() => rmSync(root, { recursive: true }));

const request = (cwd: string, named?: string, env = {}) => requestedProject({ named, cwd: join(root, cwd), env });

test('a start in a project is for that project', () => {
  expect(request('marked/deep')).toBe(join(root, 'marked'));
});

test('a start elsewhere is for none', () => {
  expect(request('plain')).toBeUndefined();
});

test('a named folder is meant, marked or not', () => {
  expect(request('marked', '../plain')).toBe(join(root, 'plain'));
  expect(request('marked', undefined, { K3S_VM_PROJECT: join(root, 'plain') })).toBe(join(root, 'plain'));
});

test('a named folder that is not there is refused', () => {
  expect(() => request('plain', 'gone')).toThrow(/There is no folder .*gone/);
});

test('the last project comes back while its folder is there', () => {
  const query = { cwd: join(root, 'plain'), env: { HOME: join(root, 'home') } };
  expect(usualProject(join(root, 'marked'), query)).toBe(join(root, 'marked'));
  expect(usualProject(join(root, 'gone'), query)).toBe(join(root, 'plain'));
  expect(usualProject(undefined, query)).toBe(join(root, 'plain'));
});

test('a start in the home folder, as from a menu, has no project', () => {
  const home = join(root, 'plain');
  expect(usualProject(undefined, { cwd: home, env: { HOME: home } })).toBeUndefined();
  expect(problemWith(home, { HOME: home })).toMatch(/cannot be a project/);
});
