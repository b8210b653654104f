import { defineConfig } from 'vitest/config';
import { ALONE, EXCLUDE, sideBySideThenAlone } from './vitest.base.js';

/** All tests except the fault tests: `npm run test:all`, and `npx vitest` by hand. */
export default defineConfig(
  sideBySideThenAlone(
    ['libs/*/src/**/*.spec.ts', 'apps/*/src/**/*.spec.ts', 'test/**/*.spec.ts', 'examples/src/**/*.spec.ts'],
    EXCLUDE,
    ALONE,
  ),
);
