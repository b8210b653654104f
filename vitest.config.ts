import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // What breaks things for minutes runs by itself: npm run test:faults.
    exclude: ['**/node_modules/**', '**/dist/**', '**/*.faults.spec.ts'],
    include: ['libs/*/src/**/*.spec.ts', 'apps/*/src/**/*.spec.ts', 'test/**/*.spec.ts'],
    isolate: false,
    allowOnly: false,
    globalSetup: './test/support/servers-setup.ts',
    reporters: ['default', './test/support/not-run-reporter.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    // The built packages run as Node runs them for their users, not through Vite.
    server: { deps: { external: [/\/libs\/[^/]+\/dist\//] } },
    coverage: { provider: 'v8', include: ['libs/*/src/**/*.{ts,cts}', 'libs/*/dist/**/*.{js,cjs}'] },
  },
});
