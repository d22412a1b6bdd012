/**
 * Builds everything that runs into dist/:
 *   k3s-vm.cjs      starts the command line (bin/k3s-vm)
 *   cli/            the command line: its scripts and the code cache of each, NAME-VERSION-ARCH.cache
 *   web.cjs         the dashboard's web form, loaded by `k3s-vm dashboard` alone
 *   desktop.cjs     Electron's main process
 *   preload.cjs     its preload: a sandboxed one may require nothing but electron
 *   renderer/       the dashboard itself: index.html, one chunk a page
 *   share/          for /usr/share: shell completion and manual pages
 *
 *   node build.mjs [--only=cli|renderer|hosts|share] [--outdir=DIR]
 */
import { build, transform } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
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
 * status is that of a host that lacks something (main/core/errors/entry.ts).
 */
const nodeCheck = ([major, minor]) =>
  `(function(v){if(+v[0]>${major}||+v[0]===${major}&&+v[1]>=${minor})return;` +
  `process.stderr.write('k3s-vm needs Node.js ${major}.${minor} or newer; '+process.execPath+' is '+process.version+'.\\n` +
  `Install a newer one: https://nodejs.org/en/download\\n');process.exit(10)})(process.versions.node.split('.'));`;
new Function('process', nodeCheck(oldestNode))(process);

const small = { minifyWhitespace: true, minifySyntax: true };
const common = {
  // esbuild takes the folder that this was started in, else
  absWorkingDir: process.cwd(),
  bundle: true,
  legalComments: 'none',
  logLevel: 'warning',
  ...small,
};
const script = { ...small, platform: 'node', target: 'node20', format: 'cjs' };
const node = { ...common, ...script, loader: { '.sh': 'text' } };

/**
 * What a command that only looks loads on its way to libvirt. It is kept in scripts of its own: reading and unpacking what
 * the other commands need takes longer than everything else that `status` does.
 */
const looking = [
  'main/cli/commands/status.ts',
  'main/core/config/load.ts',
  'main/core/config/project.ts',
  'main/core/config/validation.ts',
  'main/core/config/yaml-file.ts',
  'main/core/index.ts',
  'main/core/operations/status.ts',
];

/**
 * The command line in scripts for main/cli/launch.ts: what every command needs, what looking needs, and the rest. What is
 * loaded with import() comes from one of the latter two; what several of them share gets a script of its own.
 */
async function cli() {
  const folder = out('cli');
  const entry = 'main/cli/index.ts';
  const split = { ...node, format: 'esm', splitting: true, write: false, metafile: true, outdir: folder };
  const { metafile } = await build({ ...split, entryPoints: [entry], chunkNames: 'chunk-[hash]' });
  const lazy = new Set(
    Object.values(metafile.inputs)
      .flatMap(({ imports }) => imports)
      .filter(({ kind, external }) => kind === 'dynamic-import' && !external)
      .map(({ path }) => path),
  );
  const partOf = (path) => (looking.includes(path) ? 'look' : 'rest');
  const parts = {
    name: 'parts',
    setup({ onResolve, onLoad, resolve: find }) {
      onResolve({ filter: /^(look|rest)$/ }, ({ path }) => ({ path, namespace: 'part' }));
      onLoad({ filter: /.*/, namespace: 'part' }, ({ path: part }) => ({
        contents: `export const modules = {${[...lazy]
          .filter((path) => partOf(path) === part)
          .map((path) => `${JSON.stringify(path)}: () => require(${JSON.stringify(resolve(path))}),`)
          .join('')}}`,
        resolveDir: process.cwd(),
      }));
      onResolve({ filter: /.*/ }, async ({ kind, path: name, importer, resolveDir }) => {
        if (kind !== 'dynamic-import') return undefined;
        const { path } = await find(name, { kind: 'import-statement', importer, resolveDir });
        const known = relative(process.cwd(), path);
        return lazy.has(known) ? { path: `${partOf(known)}:${known}`, external: true } : undefined;
      });
    },
  };
  const { outputFiles } = await build({
    ...split,
    entryPoints: { index: entry, look: 'look', rest: 'rest' },
    chunkNames: 'shared-[hash]',
    plugins: [parts],
  });
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await Promise.all([
    build({
      ...node,
      entryPoints: ['main/cli/launch.ts'],
      outfile: out('k3s-vm.cjs'),
      banner: { js: nodeCheck(oldestNode) },
    }),
    ...outputFiles.map(async ({ path, text }) => {
      // import() would need a loader of its own in a script from the cache; as require() it needs none
      const { code } = await transform(text, { ...script, supported: { 'dynamic-import': false } });
      await writeFile(join(folder, `${basename(path, '.js')}.cjs`), code);
    }),
  ]);
  await makeCodeCaches();
}

/**
 * Has V8 keep what it made of each script. Functions are compiled when they are first called, so commands run before:
 * one that reads a configuration file and gets as far as looking for virsh, one of the rest, and the help. Each adds to
 * what is kept of those before.
 */
async function makeCodeCaches() {
  const project = await mkdtemp(join(tmpdir(), 'k3s-vm-build-'));
  try {
    await writeFile(join(project, 'k3s-vm.yaml'), 'connection: qemu:///system\n');
    const env = { HOME: project, PATH: '', K3S_VM_MAKE_CODE_CACHES: '1' };
    for (const command of [['status'], ['config', 'show'], ['--help']]) {
      spawnSync(process.execPath, [resolve(out('k3s-vm.cjs')), ...command], { cwd: project, env });
    }
  } finally {
    await rm(project, { recursive: true, force: true });
  }
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

/** The command line's own command table says what is in them, so a bundle of it is run here. */
async function share() {
  const { outputFiles } = await build({
    ...node,
    entryPoints: ['main/cli/shared-files.ts'],
    format: 'esm',
    write: false,
  });
  const { sharedFiles } = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`
  );
  await rm(out('share'), { recursive: true, force: true });
  await Promise.all(
    Object.entries(sharedFiles()).map(async ([path, text]) => {
      await mkdir(dirname(out('share', path)), { recursive: true });
      await writeFile(out('share', path), text);
    }),
  );
}

const parts = { cli, renderer, hosts, share };
const wanted = Object.keys(parts).filter((part) => options.only === undefined || options.only === part);
await Promise.all(wanted.map((part) => parts[part]()));
