import { defineConfig } from 'vitest/config';
import config from './vitest.config.js';

/** Ten minutes of three brokers under load, whose rows docs/guarantees.md does not have yet: `EVENT_BUS_FAULTS_CLUSTER=true` adds them. */
const CLUSTER =
  process.env['EVENT_BUS_FAULTS_CLUSTER'] === 'true' ? [] : ['test/guarantees/kafka-cluster.faults.spec.ts'];

/** The tests that break brokers, registries and members for minutes: `npm run test:faults`. */
export default defineConfig({
  ...config,
  test: {
    ...config.test,
    include: ['test/**/*.faults.spec.ts'],
    exclude: ['**/node_modules/**', ...CLUSTER],
    maxWorkers: 2,
  },
});
