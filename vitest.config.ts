import { defineConfig } from 'vitest/config';
import { ALONE, base, EXCLUDE } from './vitest.base.js';

/** Everything but the fault tests: `npm run test:all`, and `npx vitest` by hand. */
export default defineConfig({
  test: {
    ...base,
    projects: [
      {
        test: {
          ...base,
          name: 'side by side',
          include: ['libs/*/src/**/*.spec.ts', 'apps/*/src/**/*.spec.ts', 'test/**/*.spec.ts'],
          exclude: [...EXCLUDE, ...ALONE],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...base,
          name: 'alone',
          include: ALONE,
          exclude: EXCLUDE,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
