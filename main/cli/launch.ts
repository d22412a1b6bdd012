/**
 * What `bin/k3s-vm` starts: runs the bundled command line from V8's code cache. Parsing the bundle anew takes longer than
 * everything else `--help` does. The cache's name says which node made it: V8 refuses the cache of another version
 * (https://nodejs.org/api/vm.html#scriptcachedrejected), but all of Node 20 has one version of V8, and 20.10 crashed on a
 * cache that 20.20 had made. Without a cache a command takes a little longer.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';

const file = join(__dirname, 'cli.cjs');

function codeCache(): { readonly cachedData?: Buffer } {
  try {
    return { cachedData: readFileSync(join(__dirname, `cli-${process.version}-${process.arch}.cache`)) };
  } catch {
    return {};
  }
}

// As build.mjs wraps it for the cache, and node every CommonJS module. It is ASCII, so latin1 reads it fastest.
const source = `(function(exports,require,module,__filename,__dirname){${readFileSync(file, 'latin1')}\n})`;
const script = new Script(source, { filename: file, ...codeCache() });
const main = script.runInThisContext() as (...scope: unknown[]) => void;
main({}, createRequire(file), { exports: {} }, file, __dirname);
