import { defineConfig } from '@playwright/test';

/** The attack suite: the built product against prepared projects, pages and mirrors. It needs neither a VM nor a browser. */
export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results/security',
  workers: 2,
  fullyParallel: true,
  retries: 0,
  timeout: 60_000,
  reporter: [['./table.ts'], ['json', { outputFile: '../../test-results/security.json' }]],
});
