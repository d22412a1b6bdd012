/**
 * Makes the world once for all specs; they find it through their environment.
 */
import { rm } from 'node:fs/promises';
import { removeLeftovers } from './leftovers';
import { installCommandLine } from './project';
import { createWorld } from './world';

export default async function globalSetup(): Promise<() => Promise<void>> {
  const log = (line: string): void => console.log(`  ${line}`);
  const world = await createWorld(log);
  const installed = await installCommandLine();
  await removeLeftovers(installed, log);
  const { kind, version, config } = world.k3s;
  console.log(
    kind === 'real'
      ? `  The guests run a real K3s binary (${version}).`
      : `  The guests run the K3s stand-in (${version}), not K3s: K3S_VM_E2E_K3S=PATH names a real binary.`,
  );
  Object.assign(process.env, {
    K3S_VM_E2E_SERVER: world.server.url,
    K3S_VM_E2E_INSTALLED: installed,
    K3S_VM_E2E_KIND: kind,
    K3S_VM_E2E_VERSION: version,
    K3S_VM_E2E_GUEST_CONFIG: JSON.stringify(config),
  });
  return async () => {
    await world.close();
    await rm(installed, { recursive: true, force: true });
  };
}
