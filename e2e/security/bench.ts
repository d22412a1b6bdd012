/**
 * The bench: fresh folders for each attack, and the built product run as a user runs it.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { AttackedProject, Bench, CommandOptions, CommandResult } from './attack';

const installed = resolve(import.meta.dirname, '..', '..');

function run(
  program: string,
  args: readonly string[],
  { env, input, cwd, timeoutMs = 20_000 }: CommandOptions & { readonly env: Readonly<Record<string, string>> },
): Promise<CommandResult> {
  return new Promise((done) => {
    // A group of its own, so that whatever it started ends with it
    const child = spawn(program, args, { env, cwd, detached: true, stdio: 'pipe' });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
    child.stdin.on('error', () => undefined).end(input);
    const timer = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, timeoutMs);
    child.once('close', (code) => {
      clearTimeout(timer);
      done({ exitCode: code ?? -1, ...output });
    });
  });
}

async function createProject(root: string, name: string): Promise<AttackedProject> {
  const dir = join(root, name);
  const home = join(root, `home of ${name}`);
  const programs = join(root, `programs of ${name}`);
  for (const folder of [dir, join(home, '.config', 'k3s-vm'), programs]) await mkdir(folder, { recursive: true });
  const write = async (path: string, content: string, mode: number): Promise<string> => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    await chmod(path, mode);
    return path;
  };
  const call =
    (program: string) =>
    (args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> =>
      run(join(installed, 'bin', program), args, {
        cwd: dir,
        ...options,
        env: { PATH: `${programs}:${process.env.PATH ?? ''}`, HOME: home, LANG: 'C.UTF-8', ...options.env },
      });
  return {
    dir,
    home,
    file: (path, content, mode = 0o644) => write(join(dir, path), content, mode),
    userConfig: async (yaml) => void (await write(join(home, '.config', 'k3s-vm', 'config.yaml'), yaml, 0o600)),
    program: (called, script) => write(join(programs, called), script, 0o755),
    k3sVm: call('k3s-vm'),
    kubectl: call('kubectl'),
  };
}

/** Runs `work` on a bench that is gone afterwards. */
export async function withBench<T>(work: (bench: Bench) => Promise<T>): Promise<T> {
  const scratch = await mkdtemp(join(tmpdir(), 'k3s-vm-attack-'));
  const canary = join(scratch, 'canary');
  try {
    return await work({
      installed,
      scratch,
      canary,
      planted: `#!/bin/sh\n: >'${canary}'\n`,
      ran: () => existsSync(canary),
      project: (name = 'project') => createProject(scratch, name),
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
