/**
 * What `bin/k3s-vm` starts: runs the command line from the scripts in cli/ (see build.mjs), each with V8's code cache:
 * parsing takes longer than everything else that `--help` does. A cache's name says which node made it: V8 refuses the
 * cache of another version (https://nodejs.org/api/vm.html#scriptcachedrejected), but all of Node 20 has one version of
 * V8, and 20.10 crashed on a cache that 20.20 had made. Without a cache a command takes a little longer.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';

type Exports = Readonly<Record<string, unknown>>;
/** A script that stands for a part of the bundle: its modules by their path in the sources. */
type Part = { readonly modules: Readonly<Record<string, () => Exports>> };

const folder = join(__dirname, 'cli');
const nodeRequire = createRequire(__filename);
const loaded = new Map<string, { exports: Exports }>();
/** The build sets it, and runs a command to be kept. */
const makesCaches = process.env.K3S_VM_MAKE_CODE_CACHES === '1';

function codeCache(file: string): { readonly cachedData?: Buffer } {
  try {
    return { cachedData: readFileSync(file) };
  } catch {
    return {};
  }
}

function load(name: string): Exports {
  const known = loaded.get(name);
  if (known) return known.exports;
  const file = join(folder, `${name}.cjs`);
  const cache = join(folder, `${name}-${process.version}-${process.arch}.cache`);
  // As node wraps every CommonJS module. The scripts are ASCII, so latin1 reads them fastest.
  const source = `(function(exports,require,module,__filename,__dirname){${readFileSync(file, 'latin1')}\n})`;
  const script = new Script(source, { filename: file, ...codeCache(cache) });
  if (makesCaches) process.on('exit', () => writeFileSync(cache, script.createCachedData()));
  const module = { exports: {} };
  loaded.set(name, module);
  (script.runInThisContext() as (...scope: unknown[]) => void)(module.exports, require, module, file, __dirname);
  return module.exports;
}

/** `./shared-X.js` is a script, `look:PATH` a module in one; all else is node's. */
function require(id: string): unknown {
  if (id.startsWith('./')) return load(id.slice(2, -'.js'.length));
  const [part, path] = id.split(':');
  if ((part !== 'look' && part !== 'rest') || path === undefined) return nodeRequire(id);
  return (load(part) as Part).modules[path]?.();
}

load('index');
