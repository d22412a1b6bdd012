/**
 * A cloned repository's k3s-vm.yaml, and a k3s-vm.yaml that another user left in a folder above.
 */
import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Attack, AttackedProject, Bench, CommandResult, Verdict } from '../attack';

const topic = 'settings';
const told = ({ exitCode, stderr, stdout }: CommandResult): string => {
  const text = (stderr.trim() || stdout.trim()).split('\n').slice(0, 2).join(' ').trim();
  return `exit ${exitCode}: ${text.replaceAll(/\S*k3s-vm-attack-\w+/g, '…')}`;
};
const refused = (bench: Bench, result: CommandResult): Verdict => ({
  held: !bench.ran() && result.exitCode === 2,
  evidence: bench.ran() ? 'the planted program ran' : told(result),
});

/** Every command that reads the settings of the project. */
const readers = [
  ['status'],
  ['doctor'],
  ['list'],
  ['logs'],
  ['setup', '--dry-run'],
  ['config', 'show'],
  ['dashboard', '--web', '--no-open'],
] as const;

const names = (yaml: string, title: string, prepare?: (project: AttackedProject) => Promise<unknown>): Attack => ({
  topic,
  title,
  run: async (bench) => {
    const project = await bench.project();
    await project.file('x.sh', bench.planted, 0o755);
    await prepare?.(project);
    await project.file('k3s-vm.yaml', yaml);
    return refused(bench, await project.k3sVm(['status']));
  },
});

/** Runs as root only: nobody else can leave files of another user. */
const asRoot = (title: string, run: Attack['run']): Attack => ({
  topic,
  title,
  run: async (bench) =>
    process.getuid?.() === 0 ? run(bench) : { held: true, evidence: 'not tried: it takes root to prepare it' },
});
const nobody = 65_534;

const attacks: readonly Attack[] = [
  ...readers.map((command): Attack => ({
    topic,
    title: `k3s-vm.yaml names a program as the way to libvirt, for: ${command.join(' ')}`,
    run: async (bench) => {
      const project = await bench.project();
      await project.file('x.sh', bench.planted, 0o755);
      await project.file('k3s-vm.yaml', 'connection: "qemu+ext:///system?command=./x.sh"\n');
      // The dashboard starts and shows the error; it ends with the time limit
      const isServer = command[0] === 'dashboard';
      const result = await project.k3sVm(command, isServer ? { timeoutMs: 4000 } : {});
      if (isServer) return { held: !bench.ran(), evidence: bench.ran() ? 'the planted program ran' : told(result) };
      return refused(bench, result);
    },
  })),
  names('connection: qemu+ssh://h/system?command=./x.sh\n', 'k3s-vm.yaml names a program in place of ssh'),
  names('connection: qemu+ssh://h/system?netcat=./x.sh\n', 'k3s-vm.yaml names a program for the far end of ssh'),
  names('connection: qemu+ssh://h/system\n', 'k3s-vm.yaml names another machine', (project) =>
    project.program('ssh', `#!/bin/sh\n: >'${join(project.dir, '..', 'canary')}'\n`),
  ),
  names('connection: qemu+unix:///system?socket=./s\n', "k3s-vm.yaml names the repository's own socket as libvirt"),
  names('"connection": !!str "qemu+ext:///system?command=./x.sh"\n', 'the same with a tag and quotes'),
  names(
    'k3s: { config: { a: &u "qemu+ext:///system?command=./x.sh" } }\nconnection: *u\n',
    'the same through an alias',
  ),
  names('%YAML 1.1\n---\n<<: { connection: "qemu+ext:///system?command=./x.sh" }\n', 'the same through a merge key'),
  names('terminal: bash\n', 'k3s-vm.yaml names the terminal'),
  names('sources: { k3sInstall: https://evil.example }\n', 'k3s-vm.yaml names where install.sh comes from'),
  names('sources: { k3sVm: https://evil.example }\n', 'k3s-vm.yaml names who says what the newest k3s-vm is'),
  names('sources: { k3sReleases: https://evil.example }\n', 'k3s-vm.yaml names where K3s comes from'),
  names('image: https://evil.example/a.qcow2\n', 'k3s-vm.yaml names an image by URL, without a digest'),
  names(
    `image: http://evil.example/a.qcow2\nimageDigest: sha256:${'a'.repeat(64)}\n`,
    'k3s-vm.yaml names an image over http',
  ),
  names('image: ../home of project/private.qcow2\n', "k3s-vm.yaml names a file of the user's as the image"),
  names('image: images/a.qcow2\n', 'an image in the project is a symlink out of it', async (project) => {
    await mkdir(join(project.dir, 'images'));
    await writeFile(join(project.home, 'private.qcow2'), 'secret');
    await symlink(join(project.home, 'private.qcow2'), join(project.dir, 'images', 'a.qcow2'));
  }),
  {
    topic,
    title: 'k3s-vm.yaml is refused whatever flags and environment say, and `config unset` repairs it',
    run: async (bench) => {
      const project = await bench.project();
      await project.file('k3s-vm.yaml', 'terminal: bash\ncpus: 3\n');
      const env = { K3S_VM_CONNECTION: 'test:///default' };
      const before = await project.k3sVm(['config', 'get', 'cpus'], { env });
      await project.k3sVm(['config', 'unset', 'terminal']);
      const after = await project.k3sVm(['config', 'get', 'cpus'], { env });
      return {
        held: before.exitCode === 2 && after.stdout === '3\n',
        evidence: `${told(before)}; then ${told(after)}`,
      };
    },
  },
  {
    topic,
    title: '`config set` writes through a k3s-vm.yaml that is a symlink to another project',
    run: async (bench) => {
      const [mine, other] = [await bench.project('mine'), await bench.project('other')];
      const file = await other.file('k3s-vm.yaml', 'cpus: 1\n');
      await symlink(file, join(mine.dir, 'k3s-vm.yaml'));
      const result = await mine.k3sVm(['config', 'set', 'cpus', '9']);
      const { stdout } = await other.k3sVm(['config', 'get', 'cpus']);
      return { held: result.exitCode === 2 && stdout === '1\n', evidence: told(result) };
    },
  },
  {
    topic,
    title: 'what the user says of the connection still holds',
    run: async (bench) => {
      const project = await bench.project();
      await project.file('k3s-vm.yaml', 'cpus: 2\n');
      await project.userConfig('connection: test:///default\nterminal: xterm\n');
      const { stdout } = await project.k3sVm(['config', 'get', 'connection']);
      return { held: stdout === 'test:///default\n', evidence: stdout.trim() };
    },
  },

  // Other users' projects
  asRoot('another user leaves a k3s-vm.yaml in a shared folder above', async (bench) => {
    const project = await bench.project();
    await chmod(project.dir, 0o1777);
    await chown(await project.file('k3s-vm.yaml', 'name: trap\n'), nobody, nobody);
    await mkdir(join(project.dir, 'mine'));
    const result = await project.k3sVm(['config', 'get', 'name'], { cwd: join(project.dir, 'mine') });
    const isNamed = result.stderr.includes('nobody') && result.stderr.includes('K3S_VM_TRUST');
    return { held: result.exitCode === 2 && isNamed, evidence: told(result) };
  }),
  asRoot("another user's folder is named with --project, and through K3S_VM_PROJECT", async (bench) => {
    const project = await bench.project();
    await project.file('k3s-vm.yaml', 'cpus: 9\n');
    await chown(project.dir, nobody, nobody);
    const named = await project.k3sVm(['config', 'get', 'cpus', '--project', project.dir], { cwd: bench.scratch });
    const env = { K3S_VM_PROJECT: project.dir };
    const variable = await project.k3sVm(['config', 'get', 'cpus'], { cwd: bench.scratch, env });
    const trusted = await project.k3sVm(['config', 'get', 'cpus'], { env: { ...env, K3S_VM_TRUST: project.dir } });
    return {
      held: named.exitCode === 2 && variable.exitCode === 2 && trusted.stdout === '9\n',
      evidence: `${told(named)}; with K3S_VM_TRUST: ${told(trusted)}`,
    };
  }),
  asRoot('bin/kubectl in a project that another user made', async (bench) => {
    const project = await bench.project();
    await project.file('x.sh', bench.planted, 0o755);
    await project.file('k3s-vm.yaml', '');
    const user = `users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: ${project.dir}/x.sh}}}]`;
    const rest =
      'clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]';
    await chown(await project.file('.kube/config', `current-context: x\n${user}\n${rest}\n`), nobody, nobody);
    await project.program(
      'kubectl',
      `#!/bin/sh\ncase $KUBECONFIG in /dev/null) ;; *) ${bench.planted.split('\n')[1]} ;; esac\n`,
    );
    const results: CommandResult[] = [];
    for (const args of [
      ['get', 'nodes'],
      ['__complete', 'get', ''],
      ['config', 'view'],
    ])
      results.push(await project.kubectl(args));
    return { held: !bench.ran(), evidence: results.map(told).join('; ').slice(0, 300) };
  }),

  // Files that are made to hang or fill
  ...(['project', 'user'] as const).flatMap((which): readonly Attack[] => {
    const path = (project: AttackedProject): string =>
      which === 'project' ? join(project.dir, 'k3s-vm.yaml') : join(project.home, '.config', 'k3s-vm', 'config.yaml');
    const answers = (title: string, prepare: (file: string) => Promise<unknown>): Attack => ({
      topic,
      title: `the ${which} file ${title}`,
      run: async (bench) => {
        const project = await bench.project();
        await rm(path(project), { force: true });
        await prepare(path(project));
        const result = await project.k3sVm(['config', 'show'], { timeoutMs: 10_000 });
        return { held: result.exitCode === 2 && result.stderr.includes('has a problem'), evidence: told(result) };
      },
    });
    return [
      answers('is a FIFO', async (file) => execFileSync('mkfifo', [file])),
      answers('leads to /dev/zero', (file) => symlink('/dev/zero', file)),
      answers('has 300,000 keys', (file) =>
        writeFile(file, Array.from({ length: 300_000 }, (_, i) => `k${i}: 1\n`).join('')),
      ),
      answers('has 256 KiB of keys', (file) =>
        writeFile(file, Array.from({ length: 40_000 }, (_, i) => `${i.toString(36)}:\n`).join('')),
      ),
      answers('is nested 130,000 levels deep', (file) => writeFile(file, '['.repeat(130_000))),
      answers('holds itself', (file) => writeFile(file, 'k3s: { config: &a { b: *a } }\n')),
      answers('doubles itself 30 times', (file) =>
        writeFile(
          file,
          `k3s:\n config:\n${Array.from({ length: 30 }, (_, i) => `  a${i}: &a${i} ${i === 0 ? '[1]' : `[*a${i - 1}, *a${i - 1}]`}\n`).join('')}`,
        ),
      ),
    ];
  }),
];
export default attacks;
