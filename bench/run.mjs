/**
 * `npm run bench`: measures what bench/README.md reports, as ratios between two ways that run side by side.
 *
 *   npm run bench                 lists the benchmarks
 *   npm run bench -- NAME [...]   runs them; those with a VM need root, as the real-VM suite does
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { install, local, root, run } from '../e2e/bootstrap.mjs';

const known = readdirSync(join(root, 'bench'))
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.slice(0, -'.bench.ts'.length));
const names = process.argv.slice(2);
const unknown = names.filter((name) => !known.includes(name));
if (names.length === 0 || unknown.length > 0) {
  for (const name of unknown) console.error(`There is no benchmark "${name}".`);
  console.log(`Benchmarks: ${known.join(', ')}\nRun them with: npm run bench -- ${known[0]}`);
  process.exit(unknown.length > 0 ? 2 : 0);
}

let ok = install() && (existsSync(join(root, 'dist', 'k3s-vm.cjs')) || run(process.execPath, ['build.mjs']) === 0);
for (const name of names) {
  const bundle = join(root, 'dist', 'bench', `${name}.mjs`);
  const flags = [
    '--bundle',
    '--platform=node',
    '--target=node20',
    '--format=esm',
    '--packages=external',
    '--log-level=warning',
  ];
  ok &&=
    run(local('esbuild'), [`bench/${name}.bench.ts`, ...flags, `--outfile=${bundle}`]) === 0 &&
    run(process.execPath, [bundle], { K3S_VM_E2E_REPOSITORY: root }) === 0;
}
process.exit(ok ? 0 : 1);
