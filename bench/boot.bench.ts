/**
 * What the tool costs between `virsh start` and an API that is ready: a first boot by `k3s-vm setup` (from the golden
 * image) and a later one by `k3s-vm start`, against the same VM started by hand: `virsh start` and questions to /readyz.
 */
import { createApiClient } from '../main/core/k3s/api';
import { readKubeconfig } from '../main/core/k3s/kubeconfig';
import { virsh } from '../e2e/harness/host-state';
import { kubeconfigFile } from '../main/core/paths';
import type { ProgressEvent } from '../main/core/progress';
import { alternate, median, seconds, tell, times } from './lib/measure';
import { withProject } from './lib/vm';

const rounds = Number(process.env.K3S_VM_BENCH_ROUNDS ?? 3);

await withProject(async ({ world, project, k3sVm }) => {
  /** Runs a command. @returns milliseconds from the start of the domain until its last step is done */
  const untilReady = async (...args: string[]): Promise<number> => {
    const { stderr, exitCode } = await project.k3sVm([...args, '--wait', 'api', '--progress', 'json']);
    if (exitCode !== 0) throw new Error(`${args.join(' ')}: exit ${exitCode}\n${stderr}`);
    const ended = stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as ProgressEvent)
      .filter(({ state }) => state === 'done' || state === 'skipped');
    const from = ended.findIndex(({ step }) => step === 'start');
    return ended.slice(from).reduce((sum, { elapsedMs }) => sum + elapsedMs, 0);
  };

  // The one that makes the golden image, waits for its copy
  await k3sVm('setup');
  const first: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await k3sVm('reset', '--yes');
    first.push(await untilReady('setup'));
  }
  console.log((await k3sVm('shell', '--', 'sh', '-c', 'systemd-analyze time; systemd-analyze blame | head -8')).trim());

  const { vm } = JSON.parse(await k3sVm('status', '--json')) as { readonly vm: { readonly name: string } };
  const byHand = async (): Promise<number> => {
    const access = await readKubeconfig(kubeconfigFile(project.dir));
    if (access === undefined) throw new Error('there is no kubeconfig');
    const startedAt = performance.now();
    await virsh(['start', vm.name]);
    for (;;) {
      const client = createApiClient(access);
      const status = await client.get('/readyz', { timeoutMs: 1000 }).then(
        (answer) => answer.status,
        () => undefined,
      );
      client.close();
      if (status === 200) return performance.now() - startedAt;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  };
  const off = async (way: () => Promise<number>): Promise<number> => {
    await k3sVm('stop', '--shutdown');
    return way();
  };
  const later = await alternate(rounds, { hand: () => off(byHand), tool: () => off(() => untilReady('start')) });
  const ratio = (time: number): string => `${times(time / later.hand)} (${seconds(time)} ÷ ${seconds(later.hand)})`;
  tell(`Boot (${world.k3s.kind === 'real' ? `K3s ${world.k3s.version}` : 'the stand-in'}, ${rounds} rounds)`, [
    {
      what: '`virsh start` to `/readyz`: first boot by `setup` ÷ a later one by hand',
      measured: ratio(median(first)),
      bar: '≤ 1.15×',
      met: median(first) <= 1.15 * later.hand,
    },
    {
      what: '`virsh start` to `/readyz`: by `start` ÷ by hand',
      measured: ratio(later.tool),
      bar: '≤ 1.15×',
      met: later.tool <= 1.15 * later.hand,
    },
  ]);
});
