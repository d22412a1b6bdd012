import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'test-results/', '.cache/'] },
  ...tseslint.configs.strict,
  {
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    // Only the runner spawns processes: argv, C locale and time limits are decided in one place.
    files: ['main/**/*.ts'],
    ignores: [
      'main/core/process.ts',
      'main/core/guest/ssh.ts',
      'main/core/lock.ts',
      'main/core/testing/**',
      '**/*.test.ts',
    ],
    rules: {
      'no-restricted-imports': ['error', { paths: ['execa', 'node:child_process', 'child_process'] }],
    },
  },
  {
    // The window runs in a sandbox: what it needs of the machine it asks its host for.
    files: ['renderer/**/*.{ts,tsx}'],
    ignores: ['**/*.test.{ts,tsx}'],
    rules: {
      'no-restricted-globals': ['error', 'process', 'Buffer', 'require', '__dirname'],
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^node:', message: 'The window has no Node.' },
            { regex: '/main/', message: 'The window knows its host by preload/api alone.' },
          ],
        },
      ],
    },
  },
  {
    files: ['main/core/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: ['electron', 'react', 'react-dom', 'zustand'],
          patterns: [{ regex: '/(cli|desktop|web|renderer|preload)/', message: 'The core knows no front end.' }],
        },
      ],
    },
  },
);
