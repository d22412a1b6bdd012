/**
 * What the tool costs between `virsh start` and an API that is ready: a first boot by `k3s-vm setup` (from the golden
 * image) and a later one by `k3s-vm start`, against the same VM started by hand: `virsh start`, ssh for the kubeconfig
 * where it is new, and questions to /readyz. For a first boot by hand, the VM's disk is made anew on the golden image.
 */
import { execa } from 'execa';
import { join } from 'node:path';
import { sshArgs, type SshTarget } from '../main/core/guest/ssh';
import { createApiClient } from '../main/core/k3s/api';
import { guestCredentials, serverUrl } from '../main/core/k3s/kubeconfig';
import { clusterKubeconfig, writeKubeconfig } from '../main/core/k3s/kubeconfig-files';
import { virsh } from '../e2e/harness/host-state';
import { linkedVm, vmDir } from '../main/core/files/vm-folder';
import type { ProgressEvent } from '../main/core/progress';
import { alternate, seconds, tell, timed, times, type Result } from './lib/measure';
import { withProject } from './lib/vm';

const rounds = Number(process.env.K3S_VM_BENCH_ROUNDS ?? 3);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Makes the disk of a VM that is off as it was before its first boot: an empty layer on the golden image. */
async function renewDisk(name: string): Promise<void> {
  const path = (await virsh(['vol-path', '--pool', 'default', `${name}-system.qcow2`])).trim();
  const { stdout } = await execa('qemu-img', ['info', '--output=json', path]);
  const info = JSON.parse(stdout) as Record<'virtual-size' | 'backing-filename' | 'backing-filename-format', string>;
  const below = ['-b', info['backing-filename'], '-F', info['backing-filename-format']];
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', ...below, path, String(info['virtual-size'])]);
}

await withProject(async ({ world, project, k3sVm }) => {
  // Keys and kubeconfig are where the command line, run with the project's home, keeps them
  process.env.XDG_STATE_HOME = join(project.home, '.local', 'state');
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

  const apiPort = 6443;
  const vm = async (): Promise<{ readonly name: string; readonly address: string }> =>
    (JSON.parse((await project.k3sVm(['status', '--json'])).stdout) as { vm: { name: string; address: string } }).vm;
  const untilReadyz = async (): Promise<void> => {
    const access = (await clusterKubeconfig(project.dir))?.access;
    if (access === undefined) throw new Error('there is no kubeconfig');
    for (;;) {
      const client = createApiClient(access);
      const status = await client.get('/readyz', { timeoutMs: 1000 }).then(
        (answer) => answer.status,
        () => undefined,
      );
      client.close();
      if (status === 200) return;
      await pause(250);
    }
  };
  /** The file as K3s writes it in the guest, once it is there. */
  const newKubeconfig = async (target: SshTarget): Promise<string> => {
    const script = 'until [ -s /etc/rancher/k3s/k3s.yaml ]; do sleep 0.5; done; sudo cat /etc/rancher/k3s/k3s.yaml';
    for (;;) {
      const cwd = vmDir(target.uuid);
      const { stdout, exitCode } = await execa('ssh', sshArgs(target, ['sh', '-c', script]), { reject: false, cwd });
      if (exitCode === 0) return stdout;
      await pause(250);
    }
  };
  const later = async (): Promise<number> => {
    const { name } = await vm();
    return timed(async () => {
      await virsh(['start', name]);
      await untilReadyz();
    });
  };
  const first = async (): Promise<number> => {
    const { name, address } = await vm();
    const uuid = (await linkedVm(project.dir)) ?? '';
    await renewDisk(name);
    return timed(async () => {
      await virsh(['start', name]);
      const text = await newKubeconfig({ uuid, vm: name, address, port: 22 });
      const access = { server: serverUrl(address, apiPort), ...(await guestCredentials(text)) };
      await writeKubeconfig(project.dir, uuid, name, access);
      await untilReadyz();
    });
  };

  // The one that makes the golden image, waits for its copy
  await k3sVm('setup');
  const firsts = await alternate(rounds, {
    tool: async () => {
      await k3sVm('reset', '--yes');
      return untilReady('setup');
    },
    hand: async () => {
      await k3sVm('stop', '--shutdown');
      return first();
    },
  });
  console.log(
    (
      await k3sVm(
        'shell',
        '--',
        'sh',
        '-c',
        'systemctl is-system-running --wait >/dev/null; systemd-analyze time; systemd-analyze blame | head -8',
      )
    ).trim(),
  );
  const laters = await alternate(rounds, {
    hand: async () => {
      await k3sVm('stop', '--shutdown');
      return later();
    },
    tool: async () => {
      await k3sVm('stop', '--shutdown');
      return untilReady('start');
    },
  });
  const result = (what: string, { tool, hand }: { readonly tool: number; readonly hand: number }): Result => ({
    what: `\`virsh start\` to \`/readyz\`: ${what} ÷ by hand`,
    measured: `${times(tool / hand)} (${seconds(tool)} ÷ ${seconds(hand)})`,
    bar: '≤ 1.15×',
    met: tool <= 1.15 * hand,
  });
  tell(`Boot (${world.k3s.kind === 'real' ? `K3s ${world.k3s.version}` : 'the stand-in'}, ${rounds} rounds)`, [
    result('the first, by `setup` from the golden image,', firsts),
    result('a later one, by `start`,', laters),
  ]);
});
