import { defineConfig } from '@playwright/test';

/**
 * Tests that take minutes each carry this tag, and run on demand (`npm test -- long`): the suite is to end while one still
 * waits for it.
 */
const long = /@long/;

/** The real-VM suite: one worker, since the tests share one libvirt; generous limits, since guests may be emulated. */
export default defineConfig({
  testDir: 'vm',
  ...(process.env.K3S_VM_E2E_LONG === undefined ? { grepInvert: long } : { grep: long }),
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
