/**
 * Text of a stranger's in what the product prints: commands to paste, values, secrets.
 */
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type { Attack, AttackedProject, Bench, CommandResult } from '../attack';

/** Runs work against a mirror that has nothing. */
async function withEmptyMirror<T>(work: (url: string) => Promise<T>): Promise<T> {
  const server = createServer((_, response) => response.writeHead(404).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
  }
}

/** The commands to paste out of a JSON error. */
const commandsIn = ({ stderr }: CommandResult): string[] => {
  const line = stderr.split('\n').find((text) => text.startsWith('{"error"')) ?? '{}';
  const { error } = JSON.parse(line) as { error?: { hints: { command?: string }[] } };
  return error?.hints.flatMap(({ command }) => command ?? []) ?? [];
};

/** Pastes each command into a shell on the attacked machine, where k3s-vm does nothing. */
async function paste(project: AttackedProject, commands: readonly string[]): Promise<void> {
  const path = dirname(await project.program('k3s-vm', '#!/bin/sh\n'));
  for (const shell of ['sh', 'bash', 'zsh', 'fish']) {
    for (const command of commands) {
      spawnSync(shell, ['-c', command], {
        cwd: project.dir,
        env: { PATH: `${path}:/usr/bin:/bin`, HOME: project.home },
      });
    }
  }
}

/** A libvirt that has all that setup asks for, but no network and no VM. */
const virsh = `#!/bin/sh
case "$*" in
  *--version*) echo 9.0.0 ;;
  *' uri') echo qemu:///system ;;
  *domcapabilities*) echo '<domainCapabilities><path>/usr/bin/qemu</path><arch>x86_64</arch></domainCapabilities>' ;;
  *pool-info*) echo 'State:          running' ;;
  *pool-dumpxml*)
    echo "<pool><capacity>99999999999</capacity><available>99999999999</available><target><path>/</path></target></pool>" ;;
  *net-dumpxml*) echo "error: failed to get network 'default'" >&2; exit 1 ;;
  *dom*) echo "error: failed to get domain 'web': Domain not found" >&2; exit 1 ;;
esac
`;

const firstLine = ({ exitCode, stdout, stderr }: CommandResult): string =>
  `exit ${exitCode}: ${(stderr || stdout).trim().split('\n')[0] ?? ''}`;

const imageDigest = `sha256:${'0'.repeat(64)}`;

const names: readonly (readonly [title: string, name: (canary: string) => string])[] = [
  ['a semicolon', (canary) => `x;:>${canary};.img`],
  ['a command substitution', (canary) => `$(:>${canary}).img`],
  ['a quote and a backslash, for fish', (canary) => `\\';:>${canary};'.img`],
  ['a Ctrl-C and a line end', (canary) => `x\x03\n:>${canary}\n.img`],
];

/** A name that would do harm within a URL, whose path has no slash to spare: so the canary is in the current folder. */
const fileNames: readonly Attack[] = names.map(([what, name]) => ({
  topic: 'hints',
  title: `an image's URL holds ${what}, and its user pastes what is advised`,
  run: (bench: Bench) =>
    withEmptyMirror(async (mirror) => {
      const project = await bench.project();
      await project.program('virsh', virsh);
      const url = `${mirror}/${encodeURIComponent(name('canary'))}`;
      await project.userConfig(JSON.stringify({ image: url, imageDigest }));
      const failed = await download(project);
      const commands = commandsIn(failed);
      await paste(project, commands);
      const ran = await stat(join(project.dir, 'canary')).then(
        () => true,
        () => false,
      );
      return {
        held: !ran && commands.length > 0,
        evidence: commands.at(-1)?.replaceAll('\n', '⏎') ?? firstLine(failed),
      };
    }),
}));

/** A setup that gets as far as the download of the image. */
const download = (project: AttackedProject): Promise<CommandResult> =>
  project.k3sVm(['--connection', 'qemu:///session', 'setup', '--acceleration', 'tcg', '--json']);

const attacks: readonly Attack[] = [
  ...fileNames,
  {
    topic: 'hints',
    title: 'k3s-vm.yaml holds escape sequences for the terminal that shows it',
    run: async (bench) => {
      const project = await bench.project();
      await project.file('k3s-vm.yaml', 'image: "https://m/\\e]0;owned\\a\\e[2J.img"\n');
      const results = await Promise.all(
        [['config', 'get', 'image'], ['config', 'show'], ['status'], ['setup', '--dry-run']].map((args) =>
          project.k3sVm(args),
        ),
      );
      const raw = results.find(({ stdout, stderr }) => /[\x1b\x07]/.test(stdout + stderr));
      return {
        held: raw === undefined,
        evidence: firstLine(raw ?? results[0] ?? { exitCode: -1, stdout: '', stderr: '' }),
      };
    },
  },
  {
    topic: 'secrets',
    title: 'a secret in the K3s settings is read over a shoulder, in config show',
    run: async (bench) => {
      const project = await bench.project();
      const config = {
        token: 'hunter2',
        'etcd-s3-access-key': 'hunter2',
        'etcd-s3-secret-key': 'hunter2',
        'datastore-endpoint': 'postgres://ada:hunter2@db/k3s',
      };
      await project.file(
        'k3s-vm.yaml',
        JSON.stringify({
          image: 'https://ada:hunter2@m/x.img',
          imageDigest: `sha256:${'0'.repeat(64)}`,
          k3s: { config },
        }),
      );
      const results = [await project.k3sVm(['config', 'show']), await project.k3sVm(['config', 'show', '--json'])];
      const leak = results.find(({ stdout }) => stdout.includes('hunter2'));
      const shown = leak ?? results[0];
      const line = shown?.stdout.split('\n').find((text) => text.includes('token')) ?? '';
      return { held: leak === undefined && line !== '', evidence: line.trim() };
    },
  },
  {
    topic: 'secrets',
    title: 'another user reads the operations log, or the secrets in it',
    run: (bench) =>
      withEmptyMirror(async (mirror) => {
        const project = await bench.project();
        const state = join(project.home, '.local/state/k3s-vm');
        const log = join(state, 'operations', 'web.jsonl');
        await mkdir(dirname(log), { recursive: true });
        await chmod(dirname(log), 0o755);
        await writeFile(log, '', { mode: 0o644 });
        await project.program('virsh', virsh);
        const image = `${mirror.replace('://', '://ada:hunter2@')}/x.img`;
        await project.userConfig(JSON.stringify({ image, imageDigest }));
        await project.file('k3s-vm.yaml', 'name: web\n');
        await download(project);
        const [file, folder] = [await stat(log), await stat(dirname(log))];
        const modes = [file.mode & 0o777, folder.mode & 0o777].map((mode) => mode.toString(8)).join(' ');
        const text = await readFile(log, 'utf8');
        const leaks = text.includes('hunter2');
        return {
          held: modes === '600 700' && !leaks && text !== '',
          evidence: `modes ${modes}${leaks ? ', and a password' : ''}`,
        };
      }),
  },
  {
    topic: 'secrets',
    title: 'a killed run left keys in the temporary folder',
    run: async (bench) => {
      const project = await bench.project();
      const shared = join(bench.scratch, 'tmp');
      const left = join(shared, 'k3s-vm-4194304-abcDEF');
      await mkdir(left, { recursive: true });
      await writeFile(join(left, 'file'), 'key');
      await project.program('virsh', virsh);
      // Whatever writes a temporary file: it defines the network
      const result = await project.k3sVm(['--connection', 'qemu:///system', 'doctor', '--fix'], {
        env: { TMPDIR: shared, K3S_VM_NETWORK: 'default' },
      });
      const gone = await stat(left).then(
        () => false,
        () => true,
      );
      return { held: gone, evidence: gone ? 'swept by the next run' : `still there; ${firstLine(result)}` };
    },
  },
];
export default attacks;
