import { defineConfig } from 'vitest/config';
import { base } from './vitest.base.js';

/** The run of `npm run test:scaling`. */
export default defineConfig({
  test: { ...base, include: ['test/scaling/*.scaling.ts'], exclude: ['**/node_modules/**'], maxWorkers: 1 },
});
