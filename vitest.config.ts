import { defineConfig } from 'vitest/config';

// Read by Node when a worker starts: numbers and times of the tests are those of one locale and zone
Object.assign(process.env, { LC_ALL: 'en_US.UTF-8', TZ: 'UTC' });

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
    include: ['{main,preload,renderer,tools}/**/*.test.{ts,tsx}'],
    testTimeout: 30_000,
    env: { LC_ALL: 'C.UTF-8' },
  },
});
