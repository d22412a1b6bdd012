/**
 * What `npm test` and `npm run demo` need before anything is installed: plain JavaScript without dependencies.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

/** A tool of the project's own. @param {string} name */
export const local = (name) => join(root, 'node_modules', '.bin', name);

/**
 * Runs a command on this terminal.
 * @param {string} command @param {readonly string[]} args @param {Record<string, string>} [env]
 * @returns its exit status
 */
export function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  if (error) console.error(error.message);
  return status ?? 1;
}

/** Installs the npm packages where they are missing or older than the lock file. @returns whether they are there */
export function install() {
  const lock = join(root, 'package-lock.json');
  const stamp = join(root, 'node_modules', '.package-lock.json');
  const fresh = existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(lock).mtimeMs;
  if (fresh && existsSync(local('vitest'))) return true;
  console.log('\n== Installing the npm packages');
  return run('npm', ['ci', '--no-audit', '--no-fund']) === 0;
}
