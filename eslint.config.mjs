import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  {
    ignores: [
      '**/dist/**',
      '**/dist-cjs/**',
      '**/node_modules/**',
      'docs/.vitepress/.temp/**',
      'coverage/**',
      '.cache/**',
    ],
  },
  {
    files: ['**/*.{ts,cts}'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // A Nest module is a class without members.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // Options of Nest modules are declared as classes and passed as object literals.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  { files: ['**/*.{js,mjs}'], extends: [tseslint.configs.strict] },
  {
    rules: {
      eqeqeq: 'error',
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'exit',
          message: 'Only main.ts ends the process; anything else throws or returns.',
        },
      ],
    },
  },
  // The module here is plain JavaScript, without decorators.
  { files: ['benchmarks/**'], rules: { '@typescript-eslint/no-extraneous-class': 'off' } },
  { files: ['**/main.ts', 'tools/**', 'benchmarks/**'], rules: { 'no-restricted-properties': 'off' } },
);
