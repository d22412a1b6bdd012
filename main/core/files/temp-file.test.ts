import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type * as TempFile from './temp-file';

let root: string;
let tempFile: typeof TempFile;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'k3s-vm-test-'));
  for (const [name, folder] of [
    ['TMPDIR', 'tmp'],
    ['XDG_RUNTIME_DIR', 'run'],
    ['XDG_STATE_HOME', 'state'],
    ['K3S_VM_CACHE_DIR', 'cache'],
  ] as const) {
    mkdirSync(join(root, folder));
    vi.stubEnv(name, join(root, folder));
  }
  // What is left behind is looked for once a process
  vi.resetModules();
  tempFile = await import('./temp-file');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('a temporary file', () => {
  it('lies in the folder of the session, for this user alone, and is gone afterwards', async () => {
    const path = await tempFile.withTempFile('key', (file) => {
      expect([modeOf(file), modeOf(dirname(file)), modeOf(join(root, 'run', 'k3s-vm'))]).toEqual([0o600, 0o700, 0o700]);
      return Promise.resolve(file);
    });
    expect(path.startsWith(join(root, 'run', 'k3s-vm', 'k3s-vm-'))).toBe(true);
    expect(existsSync(dirname(path))).toBe(false);
    await expect(tempFile.withTempFile('x', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(readdirSync(join(root, 'run', 'k3s-vm'))).toEqual([]);
  });

  it('lies in the state folder where there is no session', async () => {
    vi.stubEnv('XDG_RUNTIME_DIR', undefined);
    const path = await tempFile.withTempFile('key', (file) => Promise.resolve(file));
    expect(path.startsWith(join(root, 'state', 'k3s-vm', 'tmp', 'k3s-vm-'))).toBe(true);
    expect(modeOf(join(root, 'state', 'k3s-vm', 'tmp'))).toBe(0o700);
  });

  it('lies beside the cache where it is large', async () => {
    const path = await tempFile.withTempFile('x', (file) => Promise.resolve(file), { large: true });
    expect(path.startsWith(join(root, 'cache', 'tmp', 'k3s-vm-'))).toBe(true);
  });
});

describe('what killed processes left behind', () => {
  const left = (parent: string, name: string): string => {
    const folder = join(root, parent, name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'file'), 'key');
    return folder;
  };
  const use = (): Promise<void> => tempFile.withTempFile('x', () => Promise.resolve());

  it('is removed by the next, in the shared folder of earlier versions, too', async () => {
    const child = spawn('true');
    await new Promise((resolve) => child.once('exit', resolve));
    const dead = child.pid ?? 0;
    const stale = [
      left('run/k3s-vm', `k3s-vm-${dead}-123-abcDEF`),
      // The number was given to another process since
      left('run/k3s-vm', `k3s-vm-${process.pid}-1-abcDEF`),
      left('tmp', `k3s-vm-${dead}-abcDEF`),
    ];
    const kept = [
      left('run/k3s-vm', `k3s-vm-${process.pid}-abcDEF`),
      left('tmp', `k3s-vm-attack-abcDEF`),
      left('tmp', `k3s-vm-${dead}`),
    ];
    const elsewhere = left('state', 'precious');
    symlinkSync(elsewhere, join(root, 'tmp', `k3s-vm-${dead}-lnkLNK`));
    await use();
    expect(stale.filter((path) => existsSync(path))).toEqual([]);
    expect([...kept, join(elsewhere, 'file')].filter((path) => !existsSync(path))).toEqual([]);
  });

  it.runIf(process.getuid?.() === 0)('is left alone where it is another user’s', async () => {
    const { chownSync } = await import('node:fs');
    const foreign = left('tmp', 'k3s-vm-4194303-abcDEF');
    chownSync(foreign, 65_534, 65_534);
    await use();
    expect(existsSync(foreign)).toBe(true);
  });
});
