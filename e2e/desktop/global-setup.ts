/**
 * Builds the stand-in once, and says what is not run.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildStandIn } from '../electron-stand-in/build';
import { root } from '../bootstrap.mjs';
import { findElectron, requireChromium } from '../programs.mjs';
import { appFolder } from './app-folder';

export default async function globalSetup(): Promise<void> {
  for (const file of ['desktop.cjs', 'preload.cjs', join('renderer', 'index.html')])
    if (!existsSync(join(appFolder, 'dist', file)))
      throw new Error(`${join(appFolder, 'dist', file)} is not built: npm run build`);
  const electron = findElectron();
  if ('obstacle' in electron) console.log(`not run: the desktop specs on the real Electron: ${electron.obstacle}`);
  process.env['K3S_VM_E2E_CHROMIUM'] = requireChromium();
  // Within the repository, for its packages to be found; not among the results, which a run clears
  process.env['K3S_VM_E2E_STAND_IN'] = await buildStandIn(join(root, '.cache', 'electron-stand-in'));
}
