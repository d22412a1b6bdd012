/**
 * `k3s-vm start` from a saved state against `k3s-vm start` from shut off. `start` ends when the cluster is healthy: a
 * `status` right after it must say so too, else the time goes on until one does. A cluster is left alone for a minute
 * before it is saved: what K3s does after its start would go on after the resume.
 */
import { alternate, mebibytes, median, seconds, tell, timed, times } from './lib/measure';
import { withProject } from './lib/vm';

const rounds = Number(process.env.K3S_VM_BENCH_ROUNDS ?? 2);

await withProject(async ({ world, project, k3sVm }) => {
  await k3sVm('setup');
  const start = async (): Promise<number> => {
    const startedAt = performance.now();
    await k3sVm('start');
    for (let time = performance.now() - startedAt; ; time = performance.now() - startedAt) {
      const { exitCode } = await project.k3sVm(['status']);
      if (exitCode === 0) return time;
      if (exitCode !== 3) throw new Error(`status: exit ${exitCode}`);
    }
  };
  const offsets: number[] = [];
  const sizes: number[] = [];
  const stops: Record<'save' | 'shutdown', number[]> = { save: [], shutdown: [] };
  const stop = async (mode: 'save' | 'shutdown'): Promise<void> => {
    stops[mode].push(await timed(() => k3sVm('stop', `--${mode}`)));
  };
  const median2 = await alternate(rounds, {
    cold: async () => {
      await stop('shutdown');
      return start();
    },
    saved: async () => {
      await new Promise((resolve) => setTimeout(resolve, 60_000));
      await stop('save');
      const { vm } = JSON.parse((await project.k3sVm(['status', '--json'])).stdout) as { vm: { savedBytes: number } };
      sizes.push(vm.savedBytes);
      // A while in which a guest's clock that stood still falls behind
      await new Promise((resolve) => setTimeout(resolve, 10_000));
      const time = await start();
      const before = Date.now();
      const guest = Number(await k3sVm('shell', '--', 'date', '+%s%3N'));
      offsets.push(Math.max(0, before - guest, guest - Date.now()));
      return time;
    },
  });
  const ratio = median2.cold / median2.saved;
  const real = world.k3s.kind === 'real';
  tell(`Hibernate (${real ? `K3s ${world.k3s.version}` : 'the stand-in'}, ${rounds} rounds)`, [
    {
      what: '`start` until healthy: from shut off ÷ from saved',
      measured: `${times(ratio)} (${seconds(median2.cold)} ÷ ${seconds(median2.saved)})`,
      ...(real ? { bar: '≥ 15×', met: ratio >= 15 } : {}),
    },
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
