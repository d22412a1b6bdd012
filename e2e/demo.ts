/**
 * Brings the demo cluster up: the guest image is built from Debian's packages, and in place of K3s, which a machine
 * without internet cannot have, runs the suite's stand-in. Everything else is the product as it is.
 */
import { execa } from 'execa';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { environmentName, isSettingName } from '../main/core/config/settings';
import { createWorld, repository, sourcesConfig } from './harness/world';

const project = join(repository, '.cache', 'demo');

async function main(): Promise<number> {
  console.log('This is the demo: a real VM, but its guest runs a stand-in in place of K3s.\n');
  const world = await createWorld((line) => console.log(`  ${line}`));
  try {
    await mkdir(project, { recursive: true });
    const settings = {
      name: 'k3s-demo',
      connection: 'qemu:///system',
      memory: '2GiB',
      egressProbe: 'off',
    };
    await writeFile(join(project, 'k3s-vm.yaml'), stringify(settings));
    // Where programs come from is no project's to say
    const sources = Object.entries(sourcesConfig(world.server.url)).map(([name, url]) => {
      const key = `sources.${name}`;
      if (!isSettingName(key)) throw new Error(`${key} is not a setting`);
      return [environmentName(key), url] as const;
    });
    // A cache of its own: the stand-in must never be taken for the K3s of that version.
    const env = {
      K3S_VM_CACHE_DIR: join(repository, '.cache', 'demo-downloads'),
      ...(Object.fromEntries(sources) as Record<string, string>),
    };
    console.log('\n$ bin/k3s-vm setup');
    const k3sVm = join(repository, 'bin', 'k3s-vm');
    const setup = await execa(k3sVm, ['setup'], { cwd: project, stdio: 'inherit', reject: false, env });
    if (setup.exitCode !== 0) return setup.exitCode ?? 1;
    console.log('\n$ bin/kubectl get nodes,pods -A');
    await execa(join(repository, 'bin', 'kubectl'), ['get', 'nodes,pods', '-A'], {
      cwd: project,
      stdio: 'inherit',
      reject: false,
    });
    console.log(`
The demo guest is up. Look around from its project folder:
  cd ${project}
  ${join(repository, 'bin', 'k3s-vm')} status
  ${join(repository, 'bin', 'kubectl')} create deployment hello --image=nginx
  ${join(repository, 'bin', 'k3s-vm')} reset        # deletes it again
libvirt keeps running; e2e/host/libvirt.sh stop stops what the demo started.`);
    return 0;
  } finally {
    await world.close();
  }
}

void main().then((status) => process.exit(status));
