/**
 * Builds everything that runs into dist/:
 *   k3s-vm.cjs      starts the command line (bin/k3s-vm), which is cli.cjs and its code cache
 *   web.cjs         the dashboard's web form, loaded by `k3s-vm dashboard` alone
 *   desktop.cjs     Electron's main process
 *   preload.cjs     its preload: a sandboxed one may require nothing but electron
 *   renderer/       the dashboard itself: index.html, one chunk a page
 *
 *   node build.mjs [--only=cli|renderer|hosts] [--outdir=DIR]
 */
import { build } from 'esbuild';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Script } from 'node:vm';

const { values: options } = parseArgs({
  options: { only: { type: 'string' }, outdir: { type: 'string', default: 'dist' } },
});
process.chdir(import.meta.dirname);
const out = (...path) => join(options.outdir, ...path);

const common = {
  bundle: true,
  legalComments: 'none',
  logLevel: 'warning',
  minifyWhitespace: true,
  minifySyntax: true,
};
const node = { ...common, platform: 'node', target: 'node20', format: 'cjs', loader: { '.sh': 'text' } };

async function cli() {
  const [file, cache] = [out('cli.cjs'), out('cli.cache')];
  // V8 tells a cache that fits from one that does not by little more than the source's length
  await rm(cache, { force: true });
  await Promise.all([
    build({ ...node, entryPoints: ['main/cli/launch.ts'], outfile: out('k3s-vm.cjs') }),
    // import() would need a loader of its own in a script from the cache; as require() it needs none
    build({ ...node, entryPoints: ['main/cli/index.ts'], outfile: file, supported: { 'dynamic-import': false } }),
  ]);
  const source = `(function(exports,require,module,__filename,__dirname){${await readFile(file, 'latin1')}\n})`;
  await writeFile(cache, new Script(source, { filename: file }).createCachedData());
}

async function renderer() {
  await rm(out('renderer'), { recursive: true, force: true });
  await build({
    ...common,
    entryPoints: { app: 'renderer/index.tsx' },
    outdir: out('renderer'),
    platform: 'browser',
    target: 'chrome123',
    format: 'esm',
    splitting: true,
    minifyIdentifiers: true,
    chunkNames: '[name]-[hash]',
    alias: { 'react-remove-scroll': './renderer/components/scroll-lock.tsx' },
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  await cp('renderer/index.html', out('renderer', 'index.html'));
}

const hosts = () =>
  Promise.all([
    build({ ...node, entryPoints: ['main/web/index.ts'], outfile: out('web.cjs') }),
    build({ ...node, entryPoints: ['main/desktop/index.ts'], outfile: out('desktop.cjs'), external: ['electron'] }),
    build({ ...node, entryPoints: ['preload/index.ts'], outfile: out('preload.cjs'), external: ['electron'] }),
  ]);

const parts = { cli, renderer, hosts };
const wanted = Object.keys(parts).filter((part) => options.only === undefined || options.only === part);
await Promise.all(wanted.map((part) => parts[part]()));
