import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock, lockHolder, type LockInfo } from './lock';

let folder: string;
let program: string;
let path: string;
const children: ChildProcess[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'k3s-vm-lock-'));
  program = join(folder, 'holder.mjs');
  // Takes the lock, says so, then does nothing until told to give it back
  const source = `
    import { acquireLock } from './lock';
    const info = { operation: 'setup', pid: process.pid, since: '2025-01-01T00:00:00Z' };
    const lock = await acquireLock(process.argv[2], { wait: true, info, onWait: () => process.stdout.write('waiting\\n') });
    process.stdout.write('locked\\n');
    process.stdin.once('data', () => { lock.release(); process.stdout.write('released\\n'); });
  `;
  buildSync({
    stdin: { contents: source, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: program,
    logLevel: 'error',
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let counter = 0;
beforeEach(() => {
  path = join(folder, 'locks', `${counter++}.lock`);
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

const mine: LockInfo = { operation: 'stop', pid: process.pid, since: '2025-02-02T00:00:00Z' };

async function holder(expected: 'locked' | 'waiting' = 'locked'): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  await says(child, expected);
  return child;
}

async function says(child: ChildProcess, word: string): Promise<void> {
  for (;;) {
    const [chunk] = (await once(child.stdout ?? child, 'data')) as [Buffer];
    if (chunk.toString().includes(word)) return;
  }
}

describe('lock', () => {
  it('names the process that holds it, and is free when that is killed', async () => {
    const child = await holder();
    const theirs = { operation: 'setup', pid: child.pid, since: '2025-01-01T00:00:00Z' };
    expect(lockHolder(path)).toEqual(theirs);
    expect(await acquireLock(path, { wait: false, info: mine })).toEqual({ heldBy: theirs });

    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(readFileSync(path, 'utf8')).toContain('setup');
    expect(lockHolder(path)).toBeUndefined();
    const lock = await acquireLock(path, { wait: true, info: mine });
    expect(lockHolder(path)).toEqual(mine);
    lock.release();
  });

  it('waits for its turn', async () => {
    const child = await holder();
    const waitedFor: unknown[] = [];
    const waiting = acquireLock(path, {
      wait: true,
      info: mine,
      onWait: (by) => {
        waitedFor.push(by?.pid);
        child.stdin?.write('go\n');
      },
    });
    const lock = await waiting;
    expect(waitedFor).toEqual([child.pid]);
    expect(lockHolder(path)).toEqual(mine);
    const next = await holder('waiting');
    const locked = says(next, 'locked');
    lock.release();
    await locked;
    expect(lockHolder(path)?.pid).toBe(next.pid);
  });

  it('excludes within one process too, and releases once', async () => {
    const first = await acquireLock(path, { wait: true, info: mine });
    expect(await acquireLock(path, { wait: false, info: mine })).toEqual({ heldBy: mine });
    first.release();
    first.release();
    expect(lockHolder(path)).toBeUndefined();
    expect(statSync(path).size).toBe(0);
    const second = await acquireLock(path, { wait: false, info: mine });
    expect(second).toHaveProperty('release');
    if ('release' in second) second.release();
  });

  it('is not kept alive by a child of its holder', async () => {
    const lock = await acquireLock(path, { wait: true, info: mine });
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    children.push(child);
    await once(child, 'spawn');
    lock.release();
    expect(await acquireLock(path, { wait: false, info: mine })).toHaveProperty('release');
  });

  it('stops waiting when aborted', async () => {
    await holder();
    const controller = new AbortController();
    const waiting = acquireLock(path, {
      wait: true,
      info: mine,
      signal: controller.signal,
      onWait: () => setTimeout(() => controller.abort(), 10),
    });
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('does not take a file that was removed while waiting for the lock', async () => {
    const first = await acquireLock(path, { wait: true, info: mine });
    const waiting = acquireLock(path, {
      wait: true,
      info: mine,
      onWait: () => {
        unlinkSync(path);
        setTimeout(() => first.release(), 10);
      },
    });
    const lock = await waiting;
    expect(lockHolder(path)).toEqual(mine);
    lock.release();
  });

  it('knows that another process with the same PID is another', () => {
    const gone = join(folder, 'reused.lock');
    writeFileSync(gone, JSON.stringify({ ...mine, startTime: '1' }));
    expect(lockHolder(gone)).toBeUndefined();
    writeFileSync(gone, '{"operation":"se');
    expect(lockHolder(gone)).toBeUndefined();
    expect(lockHolder(join(folder, 'none.lock'))).toBeUndefined();
  });

  it('says when flock is missing', async () => {
    const before = process.env.PATH;
    process.env.PATH = folder;
    try {
      await expect(acquireLock(path, { wait: true, info: mine })).rejects.toMatchObject({ code: 'TOOL_MISSING' });
    } finally {
      process.env.PATH = before;
    }
  });
});
