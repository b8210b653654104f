import { defineConfig } from 'vitest/config';
import config from './vitest.config.js';

/** The tests that break brokers, registries and members for minutes: `npm run test:faults`. */
export default defineConfig({
  ...config,
  test: {
    ...config.test,
    include: ['test/**/*.faults.spec.ts'],
    exclude: ['**/node_modules/**'],
    maxWorkers: 2,
  },
});
