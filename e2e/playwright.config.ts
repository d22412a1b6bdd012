import { defineConfig } from '@playwright/test';

/** The real-VM suite: one worker, since the tests share one libvirt; generous limits, since guests may be emulated. */
export default defineConfig({
  testDir: 'vm',
  outputDir: '../test-results/vm',
  globalSetup: './harness/global-setup.ts',
  workers: 1,
  fullyParallel: false,
  retries: 0,
  timeout: 12 * 60_000,
  reporter: [
    ['list', { printSteps: false }],
    ['json', { outputFile: '../test-results/vm.json' }],
  ],
});
