/**
 * `k3s-vm start` from a saved state against `k3s-vm start` from shut off. `start` ends when the cluster is healthy: a
 * `status` right after it must say so too, else the time goes on until one does. A cluster is left alone for a minute
 * before it is saved: what K3s does after its start would go on after the resume.
 *
 * Both are measured twice: with the host's memory as it comes, and touched before. A machine that is itself a VM may have
 * given its unused memory away, and a resume is little else than filling memory.
 */
import { execa } from 'execa';
import { setTimeout as pause } from 'node:timers/promises';
import { alternate, mebibytes, median, seconds, tell, timed, times, type Result } from './lib/measure';
import { withProject } from './lib/vm';

const rounds = Number(process.env.K3S_VM_BENCH_ROUNDS ?? 2);

/** Fills 2 GiB of the host's memory, more than QEMU takes to bring the VM back, and gives them back at once. */
const atHand = (): Promise<unknown> =>
  execa(process.execPath, [
    '-e',
    'const held = []; for (let i = 0; i < 2048; i++) held.push(Buffer.alloc(2 ** 20, 1))',
  ]);
const asItComes = (): Promise<void> => Promise.resolve();

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
  const saved = async (prepare: () => Promise<unknown>): Promise<number> => {
    await pause(60_000);
    await stop('save');
    const status = await project.k3sVm(['status', '--json']);
    sizes.push((JSON.parse(status.stdout) as { vm: { savedBytes: number } }).vm.savedBytes);
    // A while in which a guest's clock that stood still falls behind
    await pause(10_000);
    const time = await start(prepare);
    const askedAt = Date.now();
    const guest = Number(await k3sVm('shell', '--', 'date', '+%s%3N'));
    offsets.push(Math.max(0, askedAt - guest, guest - Date.now()));
    // If it did, its start was waited for, and no resume
    const restarts = await k3sRestarts();
    if (restarts > 0) console.log(`  K3s ended by itself ${restarts} times`);
    return time;
  };
  const compared = (what: string, fromOff: number, fromSaved: number): Result => ({
    what,
    measured: `${times(fromOff / fromSaved)} (${seconds(fromOff)} ÷ ${seconds(fromSaved)})`,
    ...(real ? { bar: '≥ 20×', met: fromOff / fromSaved >= 20 } : {}),
  });

  await k3sVm('setup');
  const time = await alternate(rounds, {
    cold: () => cold(asItComes),
    saved: () => saved(asItComes),
    coldAtHand: () => cold(atHand),
    savedAtHand: () => saved(atHand),
  });
  tell(`Hibernate (${real ? `K3s ${world.k3s.version}` : 'the stand-in'}, ${rounds} rounds)`, [
    compared("`start` until healthy: from shut off ÷ from saved, the host's memory as it comes", time.cold, time.saved),
    compared('– with memory that was touched before', time.coldAtHand, time.savedAtHand),
    {
      what: "guest's clock off after a resume",
      measured: `${Math.max(...offsets)} ms`,
      bar: '≤ 1 s',
      met: Math.max(...offsets) <= 1000,
    },
    {
      what: '`stop --save` ÷ `stop --shutdown`',
      measured: `${times(median(stops.save) / median(stops.shutdown))} (${seconds(median(stops.save))} ÷ ${seconds(median(stops.shutdown))})`,
    },
    { what: 'size of the saved state (VM of 4 GiB)', measured: mebibytes(median(sizes)) },
  ]);
});
