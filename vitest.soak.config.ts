import { defineConfig } from 'vitest/config';
import { base } from './vitest.base.js';

/** What `npm run soak` runs. */
export default defineConfig({
  test: {
    ...base,
    include: ['test/soak/*.soak.ts'],
    exclude: ['**/node_modules/**'],
    maxWorkers: 1,
    // The faults are told as they happen.
    disableConsoleIntercept: true,
  },
});
