import importX, { createNodeResolver } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** A template that puts a value into a text without quoting it for the shell, as sh`…` would. */
const unquoted = 'TemplateLiteral[expressions.length>0]:not(TaggedTemplateExpression[tag.name="sh"] *)';
const commandMessage =
  'A command for the user to paste: write sh`…` (main/core/shell-quote.ts), which quotes every value.';

/** Differences and comparisons of wall-clock times. The age of a timestamp and a date from now are what it is for. */
const wallClock = 'CallExpression[callee.object.name="Date"][callee.property.name="now"]';
const clockMessage = 'The clock can be set meanwhile: measure with performance.now(), or main/core/deadline.ts.';

/** Rules of syntax. ESLint takes one list of them for a file, the last that fits it. */
const syntax = [
  { selector: `Property[key.name="command"] ${unquoted}`, message: commandMessage },
  { selector: 'Property[key.name="command"] BinaryExpression[operator="+"]', message: commandMessage },
  {
    selector: `BinaryExpression[operator=/^([-+]|[<>]=?)$/]:not(NewExpression > *):has(> ${wallClock}):not(:has(> CallExpression[callee.object.name="Date"][callee.property.name="parse"]))`,
    message: clockMessage,
  },
];

/** Texts of the dashboard that are not among its strings: in a page, in an attribute that is shown or read out, in a toast. */
const letters = String.raw`/\p{L}{2}/u`;
const text = `:matches(Literal[value=${letters}], TemplateLiteral:has(> TemplateElement[value.raw=${letters}]))`;
const attribute =
  'JSXAttribute[name.name=/^(aria-(description|label|placeholder|roledescription|valuetext)|alt|intro|label|placeholder|text|title)$/]';
const expression = `:matches(JSXElement, JSXFragment, ${attribute}) > JSXExpressionContainer`;
const words = [
  `JSXText[value=${letters}]`,
  `${attribute} > ${text}`,
  `${expression} > ${text}`,
  `${expression} > ConditionalExpression > ${text}:not(.test)`,
  `${expression} > LogicalExpression > ${text}.right`,
  `CallExpression[callee.name="toast"] > ${text}:nth-child(2)`,
].map((selector) => ({ selector, message: 'A text that a person reads: keep it in renderer/strings.' }));

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
    // What imports each other is one module in several files. Types may: they are gone before anything runs.
    files: ['{main,preload,renderer}/**/*.{ts,tsx}'],
    plugins: { 'import-x': importX },
    settings: {
      'import-x/extensions': ['.ts', '.tsx'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts', '.tsx'] },
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.tsx'] })],
    },
    rules: { 'import-x/no-cycle': ['error', { ignoreExternal: true }] },
  },
  {
    // Only the runner spawns processes: argv, C locale and time limits are decided in one place.
    files: ['{main,preload,renderer}/**/*.{ts,tsx}'],
    ignores: ['main/core/process.ts', 'main/core/testing/**', '**/*.test.{ts,tsx}'],
    rules: {
      'no-restricted-imports': ['error', { paths: ['execa', 'node:child_process', 'child_process'] }],
    },
  },
  {
    files: ['main/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-syntax': ['error', ...syntax] },
  },
  {
    files: ['main/core/errors/**/*.ts', 'main/{cli,dashboard,web}/errors.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...syntax,
        {
          selector: 'CallExpression[callee.name="run"] > TemplateLiteral[expressions.length>0]:first-child',
          message: commandMessage,
        },
      ],
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
    files: ['renderer/**/*.tsx'],
    ignores: ['**/*.test.tsx', 'renderer/dev/**'],
    rules: { 'no-restricted-syntax': ['error', ...words] },
  },
  {
    files: ['main/core/**/*.ts'],
    ignores: ['**/*.test.ts', 'main/core/testing/**'],
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
