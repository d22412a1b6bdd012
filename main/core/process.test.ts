import { buildSync } from 'esbuild';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processStartTime } from './files/lock';
import { run, runLines } from './process';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'k3s-vm-process-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** A script that leaves a program behind which holds its output open, and writes down which. @param polite it ends when asked */
const leaving = (name: string, seconds: number, then: string, polite = false): string =>
  `sh -c '${polite ? '' : 'trap "" TERM; '}echo $$ >"$0"; sleep ${seconds} & wait; wait' '${join(folder, name)}' & while ! [ -s '${join(folder, name)}' ]; do sleep 0.01; done; ${then}`;
const pidIn = (name: string): number => Number(readFileSync(join(folder, name), 'utf8'));
const isAlive = (pid: number): boolean => processStartTime(pid) !== undefined;

async function gone(pid: number): Promise<boolean> {
  for (let i = 0; i < 200 && isAlive(pid); i++) await sleep(10);
  return !isAlive(pid);
}

const node = (script: string, options: Parameters<typeof run>[2] = {}) =>
  run(process.execPath, ['-e', script], options);

describe('running a program', () => {
  it('tells what it said and how it ended', async () => {
    const result = await node('console.log("ünë\\n"); console.error("two"); process.exitCode = 3');
    expect(result).toMatchObject({ stdout: 'ünë\n', stderr: 'two', exitCode: 3, timedOut: false, notFound: false });
    expect(result.durationMs).toBeGreaterThan(0);
  });

  it('hands over its input, environment and folder', async () => {
    const script =
      'process.stdin.pipe(process.stdout); process.stderr.write([process.env.LC_ALL, process.env.A, process.cwd()].join())';
    const result = await node(script, { input: 'x'.repeat(300_000), env: { A: 'b' }, cwd: '/' });
    expect(result).toMatchObject({ stdout: 'x'.repeat(300_000), stderr: 'C.UTF-8,b,/' });
  });

  it('bears one that does not read its input', async () => {
    expect(await node('process.exit(0)', { input: 'x'.repeat(3_000_000) })).toMatchObject({ exitCode: 0 });
  });

  it('gives it no terminal that it could ask for a password on', async () => {
    // Fields of /proc/PID/stat: 1 is the process, 6 its session, 7 its terminal; see proc(5)
    const { stdout } = await run('awk', ['{ print $1 == $6, $7 }', '/proc/self/stat']);
    expect(stdout).toBe('1 0');
  });

  it('tells of one that is not there', async () => {
    const result = await run('k3s-vm-no-such-program', []);
    expect(result).toMatchObject({ notFound: true, exitCode: undefined });
    expect(result.stderr).toContain('ENOENT');
  });

  it('tells of one that cannot be run', async () => {
    expect(await run('/dev/null', [])).toMatchObject({ notFound: false, exitCode: undefined });
  });

  it('ends one that takes too long', async () => {
    expect(await node('setTimeout(() => {}, 60_000)', { timeoutMs: 200 })).toMatchObject({
      timedOut: true,
      exitCode: undefined,
    });
  });

  it('ends one that nobody wants any more, with the reason', async () => {
    const cancel = new AbortController();
    const ended = expect(node('setTimeout(() => {}, 60_000)', { signal: cancel.signal })).rejects.toThrow('enough');
    setTimeout(() => cancel.abort(new Error('enough')), 100);
    await ended;
    await expect(node('', { signal: cancel.signal })).rejects.toThrow('enough');
  });
});

describe('what a program leaves behind', () => {
  it('is waited for no longer than the program, and lives on when that ended by itself', async () => {
    const startedAt = performance.now();
    const result = await run('sh', ['-c', leaving('daemon', 30, 'echo said; exit 3')]);
    expect(result).toMatchObject({ stdout: 'said', exitCode: 3, timedOut: false });
    expect(performance.now() - startedAt).toBeLessThan(5000);
    const pid = pidIn('daemon');
    expect(isAlive(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
  });

  it('ends with it when it takes too long', async () => {
    const startedAt = performance.now();
    const result = await run('sh', ['-c', leaving('late', 20, 'echo said; sleep 20')], { timeoutMs: 500 });
    expect(result).toMatchObject({ stdout: 'said', timedOut: true, exitCode: undefined });
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(await gone(pidIn('late'))).toBe(true);
  });

  it('ends with it when nobody wants it any more', async () => {
    const cancel = new AbortController();
    const running = run('sh', ['-c', leaving('unwanted', 20, 'sleep 20')], { signal: cancel.signal });
    setTimeout(() => cancel.abort(new Error('enough')), 500);
    await expect(running).rejects.toThrow('enough');
    expect(await gone(pidIn('unwanted'))).toBe(true);
  });

  it('does not cost what was said at the end, however late it is read', async () => {
    const running = run('sh', ['-c', leaving('loud', 20, 'head -c 60000 /dev/zero | tr "\\0" x')]);
    await sleep(50);
    const until = performance.now() + 1000;
    while (performance.now() < until);
    expect((await running).stdout).toBe('x'.repeat(60_000));
    process.kill(pidIn('loud'), 'SIGKILL');
  });

  it.each(['process.exit(0)', 'throw new Error("fell over")', 'process.kill(process.pid, "SIGTERM")'])(
    'dies with us: %s',
    async (end) => {
      const name = `ours-${end.length}`;
      const script = leaving(name, 20, 'sleep 20', true);
      const code = `import { run } from './process';
        process.on('SIGTERM', () => process.exit(143));
        void run('sh', ['-c', ${JSON.stringify(script)}]);
        process.stdin.once('data', () => { ${end} });`;
      const outfile = join(folder, `${name}.cjs`);
      buildSync({
        stdin: { contents: code, resolveDir: import.meta.dirname },
        bundle: true,
        platform: 'node',
        outfile,
        external: ['execa'],
      });
      const us = spawn(process.execPath, [outfile], { stdio: ['pipe', 'ignore', 'ignore'] });
      const file = join(folder, name);
      for (let i = 0; i < 500 && !tryRead(file); i++) await sleep(20);
      us.stdin.end('now');
      await once(us, 'exit');
      expect(await gone(pidIn(name))).toBe(true);
    },
  );
});

const tryRead = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

describe('the lines of a program', () => {
  const lines = async (script: string, options: Partial<Parameters<typeof runLines>[2]> = {}): Promise<unknown[]> => {
    const found: unknown[] = [];
    const all = runLines('sh', ['-c', script], { signal: new AbortController().signal, ...options });
    for (;;) {
      const { value, done } = await all.next();
      found.push(value);
      if (done === true) return found;
    }
  };

  it('come one by one, the last without its end, and then how it ended', async () => {
    expect(await lines('cat; echo two >&2; printf end; exit 4', { input: 'a\nb\n' })).toEqual([
      ...['a', 'b', 'end'],
      { stderr: 'two', exitCode: 4, notFound: false },
    ]);
  });

  it('may be answered', async () => {
    const answer = (line: string): string | undefined => (line === 'name?' ? 'ada' : undefined);
    const script = 'echo hello; echo "name?"; read -r name; echo "so $name"';
    expect(await lines(script, { answer })).toEqual(['hello', 'name?', 'so ada', expect.anything()]);
  });

  it('end with it, whatever it leaves behind', async () => {
    const startedAt = performance.now();
    expect(await lines(leaving('holder', 20, 'echo a'))).toEqual(['a', expect.objectContaining({ exitCode: 0 })]);
    expect(performance.now() - startedAt).toBeLessThan(5000);
    process.kill(pidIn('holder'), 'SIGKILL');
  });

  it('lose nothing to a slow reader', async () => {
    const all = runLines('sh', ['-c', leaving('slow', 20, 'seq 20000')], { signal: new AbortController().signal });
    let count = 0;
    for await (const _ of all) if (++count % 5000 === 1) await sleep(400);
    expect(count).toBe(20_000);
    process.kill(pidIn('slow'), 'SIGKILL');
  });

  it('are no more when nobody reads on', async () => {
    for await (const _ of runLines('sh', ['-c', leaving('left', 20, 'yes')], { signal: new AbortController().signal }))
      break;
    expect(await gone(pidIn('left'))).toBe(true);
  });

  it('end with the reason when nobody wants them any more', async () => {
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(new Error('enough')), 300);
    await expect(lines('echo a; sleep 20', { signal: cancel.signal })).rejects.toThrow('enough');
  });
});
