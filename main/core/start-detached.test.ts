/**
 * In a process of its own: what matters is whether that process lives long enough to be told.
 */
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
let bundle: string;
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'k3s-vm-detached-')));
  bundle = join(folder, 'process.cjs');
  const entry = join(import.meta.dirname, 'process.ts');
  await build({ entryPoints: [entry], outfile: bundle, bundle: true, platform: 'node', format: 'cjs' });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Has nothing to do but to start a shell script. @returns what it says of it, and after how many milliseconds it ended */
function start(script: string, watchMs?: number): { readonly told: string; readonly ms: number } {
  const options = JSON.stringify(watchMs === undefined ? {} : { watchMs });
  const program = `require(${JSON.stringify(bundle)}).startDetached('sh', ['-c', ${JSON.stringify(script)}], ${options})
    .then(() => console.log('started'), (error) => console.log('failed with ' + error.exitCode));`;
  const startedAt = performance.now();
  const { stdout } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  return { told: stdout.trim(), ms: performance.now() - startedAt };
}

describe('a program that goes on without us', () => {
  it('is told of when it fails soon, though nothing else keeps us alive', () => {
    expect(start('sleep 0.2; exit 127').told).toBe('failed with 127');
  });

  it('counts as started when it stays, and is not waited for', () => {
    const { told, ms } = start('sleep 6', 200);
    expect(told).toBe('started');
    expect(ms).toBeLessThan(5000);
  });

  it('counts as started when it ends well, without the rest of the time', () => {
    const { told, ms } = start('exit 0', 20_000);
    expect(told).toBe('started');
    expect(ms).toBeLessThan(15_000);
  });

  it('is watched for as long as is asked for', () => {
    expect(start('sleep 0.8; exit 3', 5000).told).toBe('failed with 3');
  });
});
