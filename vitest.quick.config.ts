import { defineConfig } from 'vitest/config';
import { ALONE, base, EXCLUDE } from './vitest.base.js';

/**
 * `npm test`: unit tests, architecture, the embedded backend, the module, and the contract once per broker. Takes five
 * minutes on two cores. `npm run test:all` runs the rest.
 */
export default defineConfig({
  test: {
    ...base,
    exclude: [
      ...EXCLUDE,
      ...ALONE,
      'test/contract/kafka-3.9.spec.ts',
      'test/deploy/image.spec.ts',
      'test/nest/consumer-process.spec.ts',
    ],
    include: [
      'libs/*/src/**/*.spec.ts',
      'apps/*/src/**/*.spec.ts',
      'examples/src/**/*.spec.ts',
      'test/{architecture,avro,contract,deploy,docs,embedded,nest,packages}/**/*.spec.ts',
      'test/examples/postgres-*.spec.ts',
    ],
  },
});
