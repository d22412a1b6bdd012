/**
 * From the npm package's tarball to the first help: installed into an empty prefix with an empty cache, without a registry.
 */
import { execa } from 'execa';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alternate, milliseconds, tell, timed } from './lib/measure';

const repository = process.env.K3S_VM_E2E_REPOSITORY ?? process.cwd();
const rounds = 7;

const folder = await mkdtemp(join(tmpdir(), 'k3s-vm-bench-'));
const inFolder = {
  cwd: folder,
  env: { HOME: folder, npm_config_offline: 'true', npm_config_update_notifier: 'false' },
};
let round = 0;

try {
  const { stdout } = await execa('npm', ['pack', '--json', '--pack-destination', folder], { cwd: repository });
  const [{ filename = '', unpackedSize = 0 } = {}] = JSON.parse(stdout) as {
    filename?: string;
    unpackedSize?: number;
  }[];
  const tarball = join(folder, filename);
  const npm = (...args: string[]) => execa('npm', args, inFolder);
  const times = await alternate(rounds, {
    npm: () => timed(() => npm('--version')),
    help: () =>
      timed(async () => {
        const prefix = join(folder, `prefix-${round++}`);
        await npm('install', '--global', '--prefix', prefix, '--cache', join(prefix, 'cache'), tarball);
        await execa(join(prefix, 'bin', 'k3s-vm'), ['--help'], inFolder);
      }),
  });
  const size = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  tell(`The npm package (medians of ${rounds})`, [
    {
      what: 'empty prefix to `k3s-vm --help`',
      measured: `${milliseconds(times.help)} (\`npm --version\`: ${milliseconds(times.npm)})`,
      bar: '≤ 3 s',
      met: times.help <= 3000,
    },
    {
      what: '– installed (tarball)',
      measured: `${size(unpackedSize)} (${size((await stat(tarball)).size)})`,
      bar: '≤ 20 MB',
      met: unpackedSize <= 20e6,
    },
  ]);
} finally {
  await rm(folder, { recursive: true, force: true });
}
