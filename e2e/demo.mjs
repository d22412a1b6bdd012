/**
 * `npm run demo`: the real product on a real VM, on a machine that need not have internet or KVM.
 */
import { join } from 'node:path';
import { install, local, root, run } from './bootstrap.mjs';

if (process.getuid?.() !== 0) {
  console.error('The demo installs libvirt from Debian packages and starts it: run it as root (sudo npm run demo).');
  process.exit(1);
}
const demo = join(root, 'dist', 'demo.cjs');
const bundle = ['e2e/demo.ts', '--bundle', '--platform=node', '--target=node20', '--format=cjs', `--outfile=${demo}`];
const ok =
  install() &&
  run(local('esbuild'), [...bundle, '--log-level=warning']) === 0 &&
  run(process.execPath, [demo], { K3S_VM_E2E_REPOSITORY: root }) === 0;
process.exit(ok ? 0 : 1);
