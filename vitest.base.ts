import type { ViteUserConfig } from 'vitest/config';

/** Timed by the machine's own clock: beside others, they would measure those. */
export const ALONE = [
  'test/embedded/retention.spec.ts',
  'test/examples/postgres.spec.ts',
  'test/guarantees/async-context.spec.ts',
  'test/nest/nest-start.spec.ts',
  'test/security/oauth-renewal.spec.ts',
  'test/support/servers.spec.ts',
];

/** What breaks things for minutes runs by itself: npm run test:faults. */
export const EXCLUDE = ['**/node_modules/**', '**/dist/**', '**/*.faults.spec.ts'];

/**
 * Two groups of files: first those that run side by side, then those that run alone, one after the other. `include` has
 * both.
 */
export function sideBySideThenAlone(include: string[], exclude: string[], alone: string[]): ViteUserConfig {
  const group = (name: string, groupOrder: number, test: ViteUserConfig['test']) => ({
    test: { ...base, name, ...test, sequence: { groupOrder } },
  });
  return {
    test: {
      ...base,
      projects: [
        group('side by side', 0, { include, exclude: [...exclude, ...alone] }),
        group('alone', 1, { include: alone, exclude, maxWorkers: 1 }),
      ],
    },
  };
}

/** What all runs have in common. */
export const base: NonNullable<ViteUserConfig['test']> = {
  isolate: false,
  // Most of the time they wait for brokers and processes.
  maxWorkers: 2,
  allowOnly: false,
  globalSetup: './test/support/servers-setup.ts',
  reporters: ['default', './test/support/not-run-reporter.ts'],
  testTimeout: 30_000,
  hookTimeout: 60_000,
  teardownTimeout: 10_000,
  // The built packages run as Node runs them for their users, not through Vite.
  server: { deps: { external: [/\/libs\/[^/]+\/dist\//] } },
  coverage: { provider: 'v8', include: ['libs/*/src/**/*.{ts,cts}', 'libs/*/dist/**/*.{js,cjs}'] },
};
