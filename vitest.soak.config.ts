import { defineConfig } from 'vitest/config';
import config from './vitest.config.js';

/** What `npm run soak` runs. */
export default defineConfig({
  ...config,
  test: {
    ...config.test,
    include: ['test/soak/*.soak.ts'],
    exclude: ['**/node_modules/**'],
    maxWorkers: 1,
    // The faults are told as they happen.
    disableConsoleIntercept: true,
  },
});
