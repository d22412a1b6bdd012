/**
 * The documentation agrees with the code: the pages made from tables are up to date (`npm run docs` writes them), and
 * what the README promises holds.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { commandsPage, configurationPage } from './docs';

const pathOf = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const read = (file: string): string => readFileSync(pathOf(file), 'utf8');

describe('the pages made from tables', () => {
  it.each([
    ['docs/commands.md', commandsPage],
    ['docs/configuration.md', configurationPage],
  ])('%s is up to date', async (file, page) => {
    const path = pathOf(file);
    const text = await format(page(), { ...(await resolveConfig(path)), parser: 'markdown' });
    await expect(text).toMatchFileSnapshot(path);
  });

  it.each([commandsPage, configurationPage])('link to headings that they have', (page) => {
    const headings = [...page().matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
    );
    const links = [...page().matchAll(/\]\(#([^)]*)\)/g)].map(([, target]) => target);
    expect(links.length).toBeGreaterThan(10);
    expect(headings).toEqual(expect.arrayContaining(links));
  });
});

describe('docs/security.md', () => {
  it('names tests and files that are there', () => {
    const roots = ['', 'main/', 'main/core/', 'e2e/security/'];
    const named = [...read('docs/security.md').matchAll(/`([\w/.-]+\/[\w.-]+|[\w-]+\.test\.ts)`/g)].map(
      ([, path]) => path ?? '',
    );
    const sources = named.filter((path) => /\.ts$|^e2e\//.test(path));
    expect(sources.length).toBeGreaterThan(20);
    const isThere = (path: string): boolean =>
      roots.some((folder) => ['', '.spec.ts'].some((ending) => existsSync(pathOf(`${folder}${path}${ending}`))));
    expect(sources.filter((path) => !isThere(path))).toEqual([]);
  });
});

describe('README', () => {
  it('promises the Node.js that package.json names, as bin/k3s-vm does', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    const oldest = engines.node.replace('>=', '');
    const texts = [read('README.md'), read('bin/k3s-vm')];
    const promised = texts.map((text) => [...text.matchAll(/Node\.js (\d+\.\d+) or newer/g)].map((m) => m[1]));
    for (const versions of promised) expect(new Set(versions)).toEqual(new Set([oldest]));
  });
});
