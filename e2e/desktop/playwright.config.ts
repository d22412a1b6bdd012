import { defineConfig } from '@playwright/test';
import { findElectron } from '../programs.mjs';

const electron = findElectron();

/**
 * Electron's side of the dashboard. `stand-in` runs the built main bundle on e2e/electron-stand-in; `electron` runs the
 * specs that need nothing of the stand-in on the real thing, where there is one.
 */
export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results/desktop',
  globalSetup: './global-setup.ts',
  workers: 1,
  fullyParallel: false,
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [
    ['list', { printSteps: false }],
    ['json', { outputFile: '../../test-results/desktop.json' }],
  ],
  projects: [
    { name: 'stand-in', testMatch: '*.spec.ts' },
    ...('binary' in electron ? [{ name: 'electron', testMatch: 'page.spec.ts' }] : []),
  ],
});
