import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [
    {
      // As esbuild's text loader does in the build.
      name: 'shell-scripts-as-text',
      transform: (code, id) =>
        id.endsWith('.sh') ? { code: `export default ${JSON.stringify(code)}`, map: null } : null,
    },
  ],
  test: {
    // Component tests say so themselves: // @vitest-environment jsdom
    include: ['{main,preload,renderer}/**/*.test.{ts,tsx}'],
    testTimeout: 30_000,
    env: { LC_ALL: 'C.UTF-8' },
  },
});
