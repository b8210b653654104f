import { defineConfig } from 'vitest/config';
import { base } from './vitest.base.js';

/** The tests that break brokers, registries and members for minutes: `npm run test:faults`. */
export default defineConfig({
  test: { ...base, include: ['test/**/*.faults.spec.ts'], exclude: ['**/node_modules/**'] },
});
