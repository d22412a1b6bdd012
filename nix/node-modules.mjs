/**
 * Makes the hashes in node-modules.json, which say what node-modules.nix builds: one for each platform, since esbuild has
 * a binary for each. Needs npm, Nix and the network; run it when package-lock.json has changed.
 *
 *   node nix/node-modules.mjs [--check]     --check changes nothing, and fails where a hash is wrong
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const file = join(root, 'nix', 'node-modules.json');

const inputs = ['package.json', 'package-lock.json'];

/** Nix's name of a platform, and npm's name of its processor. */
const platforms = { 'x86_64-linux': 'x64', 'aarch64-linux': 'arm64' };

/** @param {string} command @param {readonly string[]} args @param {string} cwd @returns {string} what it printed */
function run(command, args, cwd) {
  const { status, stdout, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `status ${status}`}`);
  return stdout.trim();
}

/** As node-modules.nix does it. @param {string} cpu @returns the hash of the folder, as Nix writes it */
function hashFor(cpu) {
  const folder = mkdtempSync(join(tmpdir(), 'k3s-vm-node-modules-'));
  try {
    for (const name of inputs) copyFileSync(join(root, name), join(folder, name));
    const platform = ['--os=linux', '--libc=glibc', `--cpu=${cpu}`];
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
    run('npm', ['ci', '--ignore-scripts', '--workspaces=false', '--include=dev', ...platform, ...quiet], folder);
    for (const name of [...inputs, 'node_modules/.package-lock.json']) rmSync(join(folder, name));
    return run('nix', ['--extra-experimental-features', 'nix-command', 'hash', 'path', '.'], folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const packageLock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');
const hashes = Object.fromEntries(Object.entries(platforms).map(([system, cpu]) => [system, hashFor(cpu)]));
const made = `${JSON.stringify({ packageLock, ...hashes }, null, 2)}\n`;
if (!process.argv.includes('--check')) writeFileSync(file, made);
else if (readFileSync(file, 'utf8') !== made) {
  console.error(`nix/node-modules.json is out of date. Run: node nix/node-modules.mjs\nIt would be:\n${made}`);
  process.exit(1);
}
