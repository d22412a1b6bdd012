import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { tempFolder } from '../testing/temp-folder';
import { replaceFile, replaceFileSync } from './replace-file';

let folder: string;
beforeEach(() => void (folder = tempFolder()));

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe.each([
  ['replaceFile', replaceFile],
  ['replaceFileSync', replaceFileSync],
])('%s', (_name, replace) => {
  it('makes a file and its folder, and gives an exact mode whatever the umask', async () => {
    const before = process.umask(0o077);
    try {
      const path = join(folder, 'new', 'file');
      await replace(path, 'one', 0o644);
      expect([readFileSync(path, 'utf8'), modeOf(path), modeOf(join(folder, 'new'))]).toEqual(['one', 0o644, 0o700]);
      await replace(path, 'two');
      expect([readFileSync(path, 'utf8'), modeOf(path)]).toEqual(['two', 0o600]);
    } finally {
      process.umask(before);
    }
  });

  it('replaces a symbolic link and leaves alone what it leads to', async () => {
    writeFileSync(join(folder, 'other'), 'other');
    symlinkSync('other', join(folder, 'link'));
    await replace(join(folder, 'link'), 'new');
    expect(readFileSync(join(folder, 'other'), 'utf8')).toBe('other');
    expect(readFileSync(join(folder, 'link'), 'utf8')).toBe('new');
  });

  it('leaves nothing behind when it fails', async () => {
    mkdirSync(join(folder, 'taken'));
    await expect((async () => replace(join(folder, 'taken'), 'new'))()).rejects.toThrow('EISDIR');
    expect(readdirSync(folder)).toEqual(['taken']);
  });
});
