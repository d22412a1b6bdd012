import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/**
 * Makes a folder for one test, to be called in it or in its beforeEach: it is removed after the test. Its name has a blank,
 * as a user's folders may.
 *
 * @returns its real path
 */
export function tempFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'k3s vm ')));
  made.push(folder);
  return folder;
}
