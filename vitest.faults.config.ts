import { defineConfig } from 'vitest/config';
import { sideBySideThenAlone } from './vitest.base.js';

/** These tests keep a core busy or measure times and frequencies. Tests beside them would disturb them. */
const ALONE = [
  'test/guarantees/flat-memory.faults.spec.ts',
  'test/guarantees/kafka-cluster.faults.spec.ts',
  'test/guarantees/kafka-coordinator.faults.spec.ts',
  'test/guarantees/kafka-rebalance.faults.spec.ts',
  'test/guarantees/killed-member.faults.spec.ts',
  'test/guarantees/scaling.faults.spec.ts',
  'test/guarantees/stop-in-time.faults.spec.ts',
];

/** The tests that break brokers, registries and members for minutes: `npm run test:faults`. */
export default defineConfig(sideBySideThenAlone(['test/**/*.faults.spec.ts'], ['**/node_modules/**'], ALONE));
