/**
 * Nix, for the tests in this folder: with nixpkgs in small (nixpkgs/) in place of nixpkgs.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../bootstrap.mjs';

const features = ['--extra-experimental-features', 'nix-command flakes'];
const expressions = join(root, 'e2e', 'nix', 'evaluate.nix');

/** Why nothing of Nix can be tested here, or undefined. */
export function evaluationObstacle() {
  if (spawnSync('nix-instantiate', ['--version']).status === 0) return undefined;
  return 'there is no nix (on Debian, root has it installed: sudo npm test)';
}

/** Why the package cannot be built here, or undefined. Nixpkgs in small builds with the tools of the machine. */
export function buildObstacle() {
  if (existsSync('/etc/NIXOS')) return "NixOS has no /bin/bash for the tests' stdenv; here, nix flake check builds it";
  if (process.getuid?.() !== 0) return 'building without a sandbox needs root (sudo npm test)';
  if (!existsSync('/bin/bash')) return 'there is no /bin/bash';
  return undefined;
}

/** @param {string} command @param {readonly string[]} args */
export function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  return { ok: status === 0, stdout: stdout ?? '', stderr: error?.message ?? stderr };
}

/** Evaluates an attribute of evaluate.nix, without a store. @param {string} attribute */
export const evaluate = (attribute) =>
  run('nix-instantiate', ['--eval', '--store', 'dummy://', '--strict', '--json', expressions, '-A', attribute]);

/** `nix flake check` without building. @param {string} folder with flake.nix @param {string} store an empty folder */
export const checkFlake = (folder, store) =>
  run('nix', [
    ...features,
    ...['--store', store, 'flake', 'check', `path:${folder}`, '--no-build', '--no-write-lock-file'],
    ...['--override-input', 'nixpkgs', `path:${join(root, 'e2e', 'nix', 'nixpkgs')}`],
  ]);

/** Builds the package. @param {readonly string[]} [options] of nix-build @returns its path as `stdout` */
export function build(options = []) {
  // Another store than the machine's own would be a chroot, without the machine's tools
  const plain = ['substitute', 'false', 'sandbox', 'false', 'build-users-group', ''];
  const settings = plain.flatMap((_, i) => (i % 2 === 0 ? ['--option', ...plain.slice(i, i + 2)] : []));
  const { stdout, ...result } = run('nix-build', [
    '--no-out-link',
    ...settings,
    ...options,
    expressions,
    '-A',
    'package',
  ]);
  return { ...result, stdout: stdout.trim() };
}
