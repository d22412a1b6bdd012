/**
 * Builds everything that runs into dist/:
 *   k3s-vm.cjs      starts the command line (bin/k3s-vm), which is cli.cjs and its code cache, cli-VERSION-ARCH.cache
 *   web.cjs         the dashboard's web form, loaded by `k3s-vm dashboard` alone
 *   desktop.cjs     Electron's main process
 *   preload.cjs     its preload: a sandboxed one may require nothing but electron
 *   renderer/       the dashboard itself: index.html, one chunk a page
 *
 *   node build.mjs [--only=cli|renderer|hosts] [--outdir=DIR]
 */
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { access, cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: { only: { type: 'string' }, outdir: { type: 'string', default: 'dist' } },
});
process.chdir(fileURLToPath(new URL('.', import.meta.url)));
const out = (...path) => join(options.outdir, ...path);

/** The oldest Node.js that is supported, from package.json: `[20, 11]`. */
const oldestNode = /(\d+)\.(\d+)/.exec(JSON.parse(readFileSync('package.json', 'utf8')).engines.node).slice(1);

/**
 * Refuses a node that is too old, before anything else of the bundle runs. Written so that every node can parse it. The
 * status is that of a host that lacks something (main/core/errors.ts).
 */
const nodeCheck = ([major, minor]) =>
  `(function(v){if(+v[0]>${major}||+v[0]===${major}&&+v[1]>=${minor})return;` +
  `process.stderr.write('k3s-vm needs Node.js ${major}.${minor} or newer; '+process.execPath+' is '+process.version+'.\\n` +
  `Install a newer one: https://nodejs.org/en/download\\n');process.exit(10)})(process.versions.node.split('.'));`;
new Function('process', nodeCheck(oldestNode))(process);

const common = {
  bundle: true,
  legalComments: 'none',
  logLevel: 'warning',
  minifyWhitespace: true,
  minifySyntax: true,
};
const node = { ...common, platform: 'node', target: 'node20', format: 'cjs', loader: { '.sh': 'text' } };

async function cli() {
  const [file, cache] = [out('cli.cjs'), out(`cli-${process.version}-${process.arch}.cache`)];
  // V8 tells a cache that fits from one that does not by little more than the source's length
  for (const name of await readdir(options.outdir).catch(() => [])) {
    if (/^cli.*\.cache$/.test(name)) await rm(out(name), { force: true });
  }
  await Promise.all([
    build({
      ...node,
      entryPoints: ['main/cli/launch.ts'],
      outfile: out('k3s-vm.cjs'),
      banner: { js: nodeCheck(oldestNode) },
    }),
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
