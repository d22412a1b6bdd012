/**
 * The first setup with a warm cache against `reset --recreate`, which boots from the golden image.
 */
import { seconds, tell, timed, times } from './lib/measure';
import { withProject } from './lib/vm';

await withProject(async ({ world, k3sVm }) => {
  // Warms the cache of downloads and nothing else: the golden image that it leaves is deleted
  await k3sVm('setup', '--wait', 'none');
  await k3sVm('reset', '--yes');
  await k3sVm('cache', 'prune');
  const first = await timed(() => k3sVm('setup'));
  const recreated = await timed(() => k3sVm('reset', '--yes', '--recreate'));
  const reset = await timed(() => k3sVm('reset', '--yes'));
  const ratio = first / recreated;
  tell(`Setup (${world.k3s.kind === 'real' ? `K3s ${world.k3s.version}` : 'the stand-in'})`, [
    {
      what: 'first `setup`, downloads cached ÷ `reset --recreate`',
      measured: `${times(ratio)} (${seconds(first)} ÷ ${seconds(recreated)})`,
      bar: '≥ 2×',
      met: ratio >= 2,
    },
    { what: '`reset` of a running VM', measured: seconds(reset), bar: '< 3 s', met: reset < 3000 },
  ]);
});
