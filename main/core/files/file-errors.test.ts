import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asK3sVmError, causeText } from '../errors';
import { writeProblem } from './file-errors';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'k3s-vm-file-errors-'));
  writeFileSync(join(folder, 'file'), '');
  symlinkSync('circle', join(folder, 'circle'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What the file system may answer to whoever opens, makes or replaces a file. open(2), mkdir(2), rename(2), write(2). */
const answers = [
  ...['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ENOTEMPTY', 'ELOOP', 'ENAMETOOLONG'],
  ...[
    'EBUSY',
    'ETXTBSY',
    'EFBIG',
    'EIO',
    'ENXIO',
    'ENODEV',
    'EOPNOTSUPP',
    'ESTALE',
    'ENOSPC',
    'EDQUOT',
    'EMFILE',
    'ENFILE',
  ],
] as const;
const calls = ['open', 'mkdir', 'mkdtemp', 'rename', 'unlink', 'scandir', 'copyfile', 'chmod', 'write', 'ftruncate'];

describe('asK3sVmError', () => {
  it.each(answers)('makes no bug of %s, from whatever call', (code) => {
    for (const syscall of calls) {
      const native = Object.assign(new Error(`${code}: words of the system, ${syscall} '/mnt/x'`), {
        code,
        syscall,
        path: '/mnt/x',
      });
      const error = asK3sVmError(native);
      expect(error.code, syscall).not.toBe('INTERNAL');
      expect(JSON.stringify(error.hints)).not.toContain('This is a bug');
      expect(error.hints.length).toBeGreaterThan(0);
      expect(causeText(error)).toContain('words of the system');
      if (!/MFILE|NFILE/.test(code)) expect(error.message).toContain('/mnt/x');
    }
  });

  it('says what is wrong with a real file', async () => {
    const long = join(folder, 'x'.repeat(300));
    const cases: readonly (readonly [said: string, doing: () => Promise<unknown>])[] = [
      ['a part of its path is not a folder', () => mkdir(join(folder, 'file', 'sub'), { recursive: true })],
      ['it is a folder', () => writeFile(folder, '')],
      ['links', () => readFile(join(folder, 'circle'))],
      ['too long', () => writeFile(long, '')],
      ['does not exist', () => readFile(join(folder, 'none'))],
      ['is in its place', () => open(join(folder, 'file'), 'wx')],
      ['folder', () => rename(folder, join(folder, 'file'))],
    ];
    for (const [said, doing] of cases) {
      const error = asK3sVmError(await doing().catch((thrown: unknown) => thrown));
      if (said !== 'folder') expect(error).toMatchObject({ code: 'FILE_UNUSABLE' });
      if (error.code === 'FILE_UNUSABLE') expect(error.message).toContain(said);
    }
  });

  it('names the file that was to be replaced, not the temporary one beside it', () => {
    const path = '/p/k3s-vm.yaml.0b2a5c1e.tmp';
    const native = Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS', syscall: 'open', path });
    expect(asK3sVmError(native).message).toBe('k3s-vm cannot use /p/k3s-vm.yaml: it is on a read-only file system.');
  });

  it('leaves errors of processes and sockets alone', () => {
    for (const syscall of ['spawn virsh', 'connect', 'listen', 'getaddrinfo']) {
      const native = Object.assign(new Error('EACCES: no'), { code: 'EACCES', syscall, path: 'virsh' });
      expect(asK3sVmError(native).code).toBe('INTERNAL');
    }
  });

  it('quotes the path in what is to be pasted', () => {
    const path = "/tmp/it's $(touch x)";
    const native = Object.assign(new Error('EROFS'), { code: 'EROFS', syscall: 'open', path });
    expect(asK3sVmError(native).hints[0]?.command).not.toContain(" $(touch x)'");
    expect(asK3sVmError(native).hints[0]?.command).toMatch(/^namei -l '/);
  });
});

describe('writeProblem', () => {
  it('finds nothing against folders that are there or can be made', () => {
    expect(writeProblem(folder)).toBeUndefined();
    expect(writeProblem(join(folder, 'a', 'b', 'c'))).toBeUndefined();
  });

  it('names what is in the way', () => {
    expect(writeProblem(join(folder, 'file'))).toBe('it is not a folder');
    expect(writeProblem(join(folder, 'file', 'a'))).toBe('a part of its path is not a folder');
    expect(writeProblem(join(folder, 'circle', 'a'))).toContain('links');
    expect(writeProblem(join(folder, 'x'.repeat(300)))).toContain('too long');
  });

  it.skipIf(process.getuid?.() === 0)('sees permissions', () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o500);
    expect(writeProblem(join(closed, 'a'))).toContain('lacks the permission');
  });
});
