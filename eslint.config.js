import js from '@eslint/js';
import globals from 'globals';

export default [
  { ignores: ['build/', 'node_modules/', 'web/dist/', '**/.venv/'] },
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'array-callback-return': 'error',
      curly: ['error', 'multi-line'],
      'default-case-last': 'error',
      eqeqeq: 'error',
      'no-constructor-return': 'error',
      'no-control-regex': 'off',
      'no-else-return': 'error',
      'no-eval': 'error',
      'no-implicit-globals': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'no-promise-executor-return': 'off',
      'no-self-compare': 'error',
      'no-template-curly-in-string': 'error',
      'no-unused-vars': ['error', { argsIgnorePattern: '^_', caughtErrors: 'none' }],
      'no-useless-rename': 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },
  {
    // The library runs in a page, in a worker and in Node: only what all three have, and what it asks for by name.
    files: ['web/**/*.js', 'web/**/*.mjs'],
    languageOptions: { globals: { ...globals['shared-node-browser'], ...globals.browser, ...globals.worker, process: 'readonly' } },
    rules: {
      'no-restricted-imports': ['error', { patterns: ['../demo/*', '../scripts/*', '../tests/*'] }],
      'no-restricted-properties': ['error', { property: 'innerHTML', message: 'Text from a file must never become markup.' }],
    },
  },
  {
    files: ['demo/**/*.js', 'demo/**/*.mjs'],
    languageOptions: { globals: { ...globals.browser, ...globals.serviceworker } },
    rules: {
      'no-restricted-properties': ['error', { property: 'innerHTML', message: 'Text from a file must never become markup.' }],
    },
  },
  {
    // Examples: modules for a page and for Node, and their servers.
    files: ['examples/**/*.{js,mjs}'],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
    rules: {
      'no-restricted-properties': ['error', { property: 'innerHTML', message: 'Text from a file must never become markup.' }],
    },
  },
  {
    files: ['bin/**/*.mjs', 'scripts/**/*.mjs', 'cmake/**/*.mjs', 'models/**/*.mjs', '*.js'],
    languageOptions: { globals: globals.node },
  },
  {
    // The benchmark's pages, and what hands functions to them.
    files: ['scripts/bench/**/*.{mjs,js}'],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
  },
  {
    // Browser tests hand functions to a page.
    files: ['tests/**/*.mjs', 'tests/**/*.js'],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
  },
];
