/** Builds the stand-in: a program, and two scripts for the worlds of a page. */
import { build } from 'esbuild';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('.', import.meta.url));

/** @returns the program, for node */
export async function buildStandIn(folder: string): Promise<string> {
  const common = { bundle: true, logLevel: 'warning' } as const;
  await Promise.all([
    build({
      ...common,
      entryPoints: [join(source, 'main.ts')],
      outfile: join(folder, 'main.cjs'),
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      external: ['playwright'],
    }),
    build({
      ...common,
      entryPoints: ['page-world', 'preload-world'].map((name) => join(source, 'page', `${name}.ts`)),
      outdir: folder,
      platform: 'browser',
      format: 'iife',
    }),
  ]);
  return join(folder, 'main.cjs');
}
