/**
 * A user with a project: a folder whose name every tool along the way could misread, a home of its own, and the built
 * command line.
 */
import { execa } from 'execa';
import { chmod, chown, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { repository, sourcesConfig } from './world';

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Kill the process (SIGKILL) once this returns true for a line of its stderr. */
  readonly killWhen?: (line: string) => boolean;
  /** Interrupt it (SIGINT) likewise. */
  readonly interruptWhen?: (line: string) => boolean;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface Project {
  readonly dir: string;
  readonly home: string;
  k3sVm(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  kubectl(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  remove(): Promise<void>;
}

export interface ProjectOptions {
  readonly serverUrl: string;
  /** What k3s-vm.yaml holds. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What the user's own file holds besides; by default it names the release server as the source of everything. */
  readonly userSettings?: Readonly<Record<string, unknown>>;
  /** The test user to be; default root. */
  readonly user?: { readonly name: string; readonly uid: number; readonly gid: number };
  /** Use another project's home (and so its cache). */
  readonly home?: string;
}

/** What the paths of all projects begin with. */
export const projectFolderPrefix = join(tmpdir(), 'k3s-vm-e2e-');

/** What shells, XML, YAML, URLs, ssh and printf take for something else. */
const projectFolderName = `Käufer's "shop" 100%s $HOME & <b>; #1`;

/** Copies the built command line to where every user can read it, as an installed one is. */
export async function installCommandLine(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'k3s-vm-installed-'));
  await chmod(folder, 0o755);
  for (const part of ['bin', 'dist', 'package.json'])
    await cp(join(repository, part), join(folder, part), { recursive: true });
  return folder;
}

export async function createProject(installed: string, options: ProjectOptions): Promise<Project> {
  const root = await mkdtemp(projectFolderPrefix);
  await chmod(root, 0o755);
  const dir = join(root, projectFolderName);
  const home = options.home ?? join(root, 'home');
  await mkdir(join(home, '.config', 'k3s-vm'), { recursive: true });
  await mkdir(dir);
  const userSettings = { sources: sourcesConfig(options.serverUrl), egressProbe: 'off', ...options.userSettings };
  await writeFile(join(home, '.config', 'k3s-vm', 'config.yaml'), stringify(userSettings));
  await writeFile(join(dir, 'k3s-vm.yaml'), stringify(options.settings));
  const { user } = options;
  if (user) await execa('chown', ['-R', `${user.uid}:${user.gid}`, root]);
  if (user) await chown(dir, user.uid, user.gid);

  const run = async (program: string, args: readonly string[], call: CommandOptions = {}): Promise<CommandResult> => {
    const own = [join(installed, 'bin', program), ...args];
    const asUser = user
      ? [
          join(repository, 'e2e/host/libvirt.sh'),
          'user-run',
          user.name,
          'env',
          '-C',
          call.cwd ?? dir,
          `HOME=${home}`,
          ...own,
        ]
      : own;
    const [file = '', ...rest] = asUser;
    const child = execa(file, rest, {
      cwd: call.cwd ?? dir,
      reject: false,
      extendEnv: false,
      env: {
        PATH: process.env.PATH ?? '',
        HOME: home,
        LANG: 'C.UTF-8',
        ...(process.env.CI === undefined ? {} : { CI: process.env.CI }),
        ...call.env,
      },
      ...(call.input === undefined ? { stdin: 'ignore' as const } : { input: call.input }),
    });
    const watch = async (): Promise<void> => {
      let signalled = false;
      for await (const line of child.iterable({ from: 'stderr' })) {
        const signal = call.killWhen?.(line) ? 'SIGKILL' : call.interruptWhen?.(line) ? 'SIGINT' : undefined;
        // Once: a second Ctrl-C means something else.
        if (signal !== undefined && !signalled) signalled = child.kill(signal);
      }
    };
    const [result] = await Promise.all([child, watch().catch(() => undefined)]);
    return { exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr };
  };

  return {
    dir,
    home,
    k3sVm: (args, call) => run('k3s-vm', args, call),
    kubectl: (args, call) => run('kubectl', args, call),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
