import { defineConfig } from 'vitest/config';
import { base } from './vitest.base.js';

/** The run of `npm run soak`. */
export default defineConfig({
  test: {
    ...base,
    include: ['test/soak/*.soak.ts'],
    exclude: ['**/node_modules/**'],
    maxWorkers: 1,
    // Prints the faults while they happen.
    disableConsoleIntercept: true,
  },
});
