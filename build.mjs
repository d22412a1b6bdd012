/**
 * Builds everything that runs into dist/:
 *   k3s-vm.cjs      the command line (bin/k3s-vm)
 *   web.cjs         the dashboard's web form, loaded by `k3s-vm dashboard` alone
 *   desktop.cjs     Electron's main process
 *   preload.cjs     its preload: a sandboxed one may require nothing but electron
 *   renderer/       the dashboard itself: index.html, one chunk a page
 *
 *   node build.mjs [--cli] [--outdir=DIR]    --cli: only the command line
 */
import { build } from 'esbuild';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: { cli: { type: 'boolean', default: false }, outdir: { type: 'string', default: 'dist' } },
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

const cli = () => build({ ...node, entryPoints: ['main/cli/index.ts'], outfile: out('k3s-vm.cjs') });

async function dashboard() {
  await rm(out('renderer'), { recursive: true, force: true });
  await Promise.all([
    build({ ...node, entryPoints: ['main/web/index.ts'], outfile: out('web.cjs') }),
    build({ ...node, entryPoints: ['main/desktop/index.ts'], outfile: out('desktop.cjs'), external: ['electron'] }),
    build({ ...node, entryPoints: ['preload/index.ts'], outfile: out('preload.cjs'), external: ['electron'] }),
    build({
      ...common,
      entryPoints: { app: 'renderer/index.tsx' },
      outdir: out('renderer'),
      platform: 'browser',
      target: 'chrome110',
      format: 'esm',
      splitting: true,
      minifyIdentifiers: true,
      chunkNames: '[name]-[hash]',
      define: { 'process.env.NODE_ENV': '"production"' },
      loader: { '.svg': 'dataurl', '.module.css': 'local-css' },
    }),
    cp('renderer/index.html', out('renderer', 'index.html')),
  ]);
}

await Promise.all(options.cli ? [cli()] : [cli(), dashboard()]);
