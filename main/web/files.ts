/**
 * The window's files. Names are looked up in the folder's listing, so no path can lead out of it.
 */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

export interface WebFile {
  readonly type: string;
  readonly content: Buffer;
  /** Its name contains its hash, so its content never changes. */
  readonly immutable: boolean;
}

/** @returns undefined where there is no such file */
export async function webFile(folder: string, path: string): Promise<WebFile | undefined> {
  const name = path === '/' ? 'index.html' : path.slice(1);
  const type = types[extname(name)];
  if (type === undefined || !readdirSync(folder).includes(name)) return undefined;
  return { type, content: await readFile(join(folder, name)), immutable: /-[A-Z0-9]{8}\.js$/.test(name) };
}
