import type { ViteUserConfig } from 'vitest/config';

/** Tests that measure time. They run alone, because tests beside them would change the results. */
export const ALONE = [
  'test/embedded/retention.spec.ts',
  'test/examples/postgres.spec.ts',
  'test/nest/nest-start.spec.ts',
  'test/security/oauth-renewal.spec.ts',
  'test/support/servers.spec.ts',
];

/** Tests that break servers for minutes are a run of their own: npm run test:faults. */
export const EXCLUDE = ['**/node_modules/**', '**/dist/**', '**/*.faults.spec.ts'];

/**
 * Divides the files of `include` into two groups: first those that run side by side, then those in `alone`, one after
 * another.
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

/** The options that all runs share. */
export const base: NonNullable<ViteUserConfig['test']> = {
  isolate: false,
  // Two workers, because tests mostly wait for brokers and processes.
  maxWorkers: 2,
  allowOnly: false,
  globalSetup: './test/support/servers-setup.ts',
  reporters: ['default', './test/support/not-run-reporter.ts'],
  testTimeout: 30_000,
  hookTimeout: 60_000,
  teardownTimeout: 10_000,
  // Loads the built packages with Node, as users do, and not through Vite.
  server: { deps: { external: [/\/libs\/[^/]+\/dist\//] } },
  coverage: { provider: 'v8', include: ['libs/*/src/**/*.{ts,cts}', 'libs/*/dist/**/*.{js,cjs}'] },
};
