import { describe, expect, it } from 'vitest';
import { run } from './process';

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
