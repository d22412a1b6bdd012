/**
 * `k3s-vm start` of a suspended VM against `k3s-vm start` of a stopped one. `start` ends when the cluster is healthy; if a
 * `status` right after it disagrees, the measurement continues until one agrees. The cluster is left alone for a minute
 * before it is suspended: otherwise K3s would still be busy with its own start after the resume.
 *
 * Both are measured twice: with the host's memory as it is, and touched beforehand. A host that is itself a VM may have
 * returned its unused memory to its own host, and a resume does little else than fill memory.
 */
import { execa } from 'execa';
import { setTimeout as pause } from 'node:timers/promises';
import { alternate, mebibytes, median, seconds, tell, timed, times, type Result } from './lib/measure';
import { withProject } from './lib/vm';

const rounds = Number(process.env.K3S_VM_BENCH_ROUNDS ?? 2);

/** Fills 2 GiB of the host's memory, more than QEMU needs to resume the VM, and frees them at once. */
const touched = (): Promise<unknown> =>
  execa(process.execPath, [
    '-e',
    'const held = []; for (let i = 0; i < 2048; i++) held.push(Buffer.alloc(2 ** 20, 1))',
  ]);
const untouched = (): Promise<void> => Promise.resolve();

await withProject(async ({ world, project, k3sVm }) => {
  const real = world.k3s.kind === 'real';
  const start = async (prepare: () => Promise<unknown>): Promise<number> => {
    await prepare();
    const startedAt = performance.now();
    await k3sVm('start');
    for (let time = performance.now() - startedAt; ; time = performance.now() - startedAt) {
      const { exitCode, stdout } = await project.k3sVm(['status']);
      console.log(`  ${exitCode === 0 ? 'healthy' : 'not healthy'} after ${seconds(time)}`);
      if (exitCode === 0) return time;
      if (exitCode !== 3) throw new Error(`status: exit ${exitCode}`);
      console.log(stdout);
    }
  };
  const offsets: number[] = [];
  const sizes: number[] = [];
  const stops: Record<'save' | 'shutdown', number[]> = { save: [], shutdown: [] };
  const stop = async (mode: 'save' | 'shutdown'): Promise<void> => {
    stops[mode].push(await timed(() => k3sVm('stop', `--${mode}`)));
  };
  /** How often systemd had to start K3s again in this boot. */
  const k3sRestarts = async (): Promise<number> =>
    Number(await k3sVm('shell', '--', 'systemctl', 'show', 'k3s', '--value', '--property=NRestarts'));
  const cold = async (prepare: () => Promise<unknown>): Promise<number> => {
    await stop('shutdown');
    return start(prepare);
  };
  const suspended = async (prepare: () => Promise<unknown>): Promise<number> => {
    await pause(60_000);
    await stop('save');
    const status = await project.k3sVm(['status', '--json']);
    sizes.push((JSON.parse(status.stdout) as { vm: { savedBytes: number } }).vm.savedBytes);
    // Long enough for the guest's clock to fall behind noticeably
    await pause(10_000);
    const time = await start(prepare);
    const askedAt = Date.now();
    const guest = Number(await k3sVm('shell', '--', 'date', '+%s%3N'));
    offsets.push(Math.max(0, askedAt - guest, guest - Date.now()));
    // If K3s restarted, this measured a start of K3s and no resume
    const restarts = await k3sRestarts();
    if (restarts > 0) console.log(`  K3s restarted ${restarts} times`);
    return time;
  };
  const compared = (what: string, fromStopped: number, fromSuspended: number): Result => ({
    what,
    measured: `${times(fromStopped / fromSuspended)} (${seconds(fromStopped)} ÷ ${seconds(fromSuspended)})`,
    ...(real ? { bar: '≥ 20×', met: fromStopped / fromSuspended >= 20 } : {}),
  });

  await k3sVm('setup');
  const time = await alternate(rounds, {
    cold: () => cold(untouched),
    suspended: () => suspended(untouched),
    coldTouched: () => cold(touched),
    suspendedTouched: () => suspended(touched),
  });
  tell(`Suspend (${real ? `K3s ${world.k3s.version}` : 'the stand-in'}, ${rounds} rounds)`, [
    compared("`start` until healthy: stopped ÷ suspended, the host's memory untouched", time.cold, time.suspended),
    compared("– the host's memory touched before", time.coldTouched, time.suspendedTouched),
    {
      what: "error of the guest's clock after a resume",
      measured: `${Math.max(...offsets)} ms`,
      bar: '≤ 1 s',
      met: Math.max(...offsets) <= 1000,
    },
    {
      what: '`stop --save` ÷ `stop --shutdown`',
      measured: `${times(median(stops.save) / median(stops.shutdown))} (${seconds(median(stops.save))} ÷ ${seconds(median(stops.shutdown))})`,
    },
    { what: 'size of the suspended VM on disk (VM of 4 GiB)', measured: mebibytes(median(sizes)) },
  ]);
});
