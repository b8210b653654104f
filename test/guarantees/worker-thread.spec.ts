import { until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { jsonLines, numbered } from '../support/numbered.js';
import { onBackends } from '../support/on-backends.js';
import { start } from '../support/process.js';
import { produce } from '../support/records.js';
import { type Workbench, workbench } from '../support/workbench.js';

await onBackends(({ env }) => {
  let bench: Workbench;
  beforeEach(() => (bench = workbench('thread', env())));
  afterEach(() => bench.clear());

  it(
    'a consumer in a worker thread handles events, waits for more, and stops in order',
    { timeout: 60_000 },
    async () => {
      await produce(bench, jsonLines(numbered(3, 1)));
      const consumer = start(process.execPath, ['dist/test-apps/thread-consumer.js'], {
        env: { ...bench.env, TOPIC: bench.topic, GROUP: bench.group },
      });
      try {
        const handled = () => consumer.output.filter((line) => line.startsWith('HANDLED'));
        await until(() => handled().length === 3, { withinMs: 20_000, what: () => consumer.lines.join('\n') });
        await produce(bench, jsonLines(numbered(1)));
        await until(() => handled().length === 4, { withinMs: 20_000, what: () => consumer.lines.join('\n') });
        expect(handled()).toEqual([0, 1, 2, 0].map((seq) => `HANDLED ${seq} in a worker`));
        expect(await consumer.stop(), consumer.lines.join('\n')).toBe(0);
        expect(consumer.output).toContain('STOPPED IN ORDER');
      } finally {
        consumer.child.kill('SIGKILL');
      }
    },
  );
});
