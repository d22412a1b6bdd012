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
import { spawnSync } from 'node:child_process';
import { access, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

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
  await makeCodeCache(file, cache);
}

/**
 * Keeps what V8 made of the bundle. Functions are compiled when they are first called, so a command runs in it before:
 * one that reads a configuration file, and gets as far as looking for virsh.
 */
async function makeCodeCache(file, cache) {
  const project = await mkdtemp(join(tmpdir(), 'k3s-vm-build-'));
  try {
    await writeFile(join(project, 'k3s-vm.yaml'), 'connection: qemu:///system\n');
    const env = { HOME: project, PATH: '' };
    const args = ['-e', `(${runAndKeep})(require)`, '--', resolve(file), resolve(cache), 'status'];
    spawnSync(process.execPath, args, { cwd: project, env });
    await access(cache);
  } finally {
    await rm(project, { recursive: true, force: true });
  }
}

/** Runs in a node of its own, from its text. The bundle is wrapped as main/cli/launch.ts does it. */
function runAndKeep(require) {
  const [, file] = process.argv;
  const [cache] = process.argv.splice(2, 1);
  const fs = require('node:fs');
  const source = `(function(exports,require,module,__filename,__dirname){${fs.readFileSync(file, 'latin1')}\n})`;
  const script = new (require('node:vm').Script)(source, { filename: file });
  process.on('exit', () => fs.writeFileSync(cache, script.createCachedData()));
  const load = require('node:module').createRequire(file);
  script.runInThisContext()({}, load, { exports: {} }, file, require('node:path').dirname(file));
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
