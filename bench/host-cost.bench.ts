/**
 * What a VM costs the host while nobody uses it: processor time of QEMU and of the dashboard, and what comes back of
 * memory and disk that the guest has no use for any more.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { openDashboard } from '../e2e/harness/dashboard';
import { virsh } from '../e2e/harness/host-state';
import { mebibytes, tell } from './lib/measure';
import { withProject } from './lib/vm';

const idleSeconds = 60;
/** Per second, on every Linux that node runs on: USER_HZ, see proc(5). */
const ticks = 100;

/** Processes of this machine by their command lines. */
async function processes(): Promise<ReadonlyMap<number, string>> {
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  const lines = await Promise.all(
    pids.map(async (pid) => [pid, await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')] as const),
  );
  return new Map(lines);
}
const find = async (...words: readonly string[]): Promise<number> => {
  const found = [...(await processes())].find(([, line]) => words.every((word) => line.includes(word)));
  if (found === undefined) throw new Error(`no process with ${words.join(', ')}`);
  return found[0];
};
const cpuSeconds = async (pid: number): Promise<number> => {
  const fields = (await readFile(`/proc/${pid}/stat`, 'latin1')).replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticks;
};
const residentBytes = async (pid: number): Promise<number> =>
  1024 * Number(/^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'latin1'))?.[1]);
const rest = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Processor time of some processes while nothing is asked of them, in percent of one processor. */
async function idle(pids: readonly number[]): Promise<readonly number[]> {
  const before = await Promise.all(pids.map(cpuSeconds));
  await rest(idleSeconds);
  const after = await Promise.all(pids.map(cpuSeconds));
  return after.map((time, i) => (100 * (time - (before[i] ?? 0))) / idleSeconds);
}
const percent = (value = 0): string => `${value.toFixed(1)} %`;

await withProject(async ({ world, project, installed, k3sVm }) => {
  await k3sVm('setup');
  const { vm } = JSON.parse(await k3sVm('status', '--json')) as { readonly vm: { readonly name: string } };
  const qemu = await find('qemu-system', `guest=${vm.name}`);
  const guest = (command: string): Promise<string> => k3sVm('shell', '--', 'sudo', 'sh', '-c', command);
  await rest(idleSeconds);

  const [alone] = await idle([qemu]);
  const dashboard = await openDashboard(installed, project);
  await rest(10);
  const server = await find('dashboard', '--web', '--no-open');
  const [watched, watching] = await idle([qemu, server]);
  await dashboard.close();
  await guest('systemctl stop k3s');
  const [bare] = await idle([qemu]);

  const memoryBefore = await residentBytes(qemu);
  await guest('head -c 1000M /dev/zero | tail -c 1000M | wc -c');
  await rest(15);
  const memoryAfter = await residentBytes(qemu);

  const path = (await virsh(['vol-path', '--pool', 'default', `${vm.name}-system.qcow2`])).trim();
  const diskUsed = async (): Promise<number> => 512 * (await stat(path)).blocks;
  const diskBefore = await diskUsed();
  await guest('head -c 600M /dev/urandom >/var/tmp/fill && sync');
  const diskFull = await diskUsed();
  await guest('rm /var/tmp/fill && sync');
  await rest(15);
  const diskAfter = await diskUsed();

  const real = world.k3s.kind === 'real';
  tell(`Host cost (${real ? `K3s ${world.k3s.version}` : 'the stand-in'})`, [
    { what: 'idle VM, % of one processor: with K3s, without', measured: `${percent(alone)}, ${percent(bare)}` },
    { what: 'the same with the dashboard open: VM, dashboard', measured: `${percent(watched)}, ${percent(watching)}` },
    {
      what: 'memory of QEMU: before the guest used 1000 MiB more, after it freed them',
      measured: `${mebibytes(memoryBefore)}, ${mebibytes(memoryAfter)}`,
    },
    {
      what: 'volume: before, with a file of 600 MiB, after its deletion',
      measured: [diskBefore, diskFull, diskAfter].map(mebibytes).join(', '),
    },
  ]);
});
