import { join } from 'node:path';
import { until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { callsIn } from '../support/numbered.js';
import { onBackends } from '../support/on-backends.js';
import { start } from '../support/process.js';
import { type Workbench, workbench } from '../support/workbench.js';

await onBackends(({ env }) => {
  let bench: Workbench;
  beforeEach(() => (bench = workbench('starting', env())));
  afterEach(() => bench.clear());

  it.each(['factory', 'onModuleInit', 'onApplicationBootstrap'])(
    'a start that fails in %s, after the bus was made, leaves nothing that keeps the process',
    { timeout: 60_000 },
    async (FAIL) => {
      const failing = start(process.execPath, ['dist/test-apps/failing-start.js'], { env: { ...bench.env, FAIL } });
      await failing.says(/REJECTED my database is away/);
      const rejectedAt = performance.now();
      await expect(failing.ended).resolves.toBe(0);
      expect(performance.now() - rejectedAt).toBeLessThan(3_000);
    },
  );

  it(
    'an event that is published right after startAllMicroservices() is handled, by a new group that begins at the end',
    { timeout: 60_000 },
    async () => {
      const history = join(bench.folder, 'history.jsonl');
      const app = bench.consumer('hybrid-app', {
        env: {
          ...{ TOPIC: bench.topic, GROUP: bench.group, HISTORY: history, PUBLISH_AT_START: '1' },
          EVENT_BUS_CONSUMER_START: 'latest',
        },
      });
      await app.says(/^READY/, 40_000);
      await until(() => callsIn(history).length > 0, { withinMs: 20_000, what: 'the event to be handled' });
      await expect(app.stop()).resolves.toBe('SIGTERM');
    },
  );
});
