import { until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { jsonLines, numbered } from '../support/numbered.js';
import { onBackends } from '../support/on-backends.js';
import { produce } from '../support/records.js';
import { type Workbench, workbench } from '../support/workbench.js';

const EVENTS = 60;
const KEYS = 6;
/** One more attempt for each event whose first attempt fails. */
const ATTEMPTS = 2 * EVENTS + KEYS;

await onBackends(({ env }) => {
  let bench: Workbench;
  beforeEach(() => (bench = workbench('async-context', env())));
  afterEach(() => bench.clear());

  it.each([
    ['partition', 1],
    ['key', 1],
    ['key', 4],
    ['none', 4],
  ])(
    'the async context of one attempt is none of the next one’s business: ordering %s, concurrency %d',
    { timeout: 60_000 },
    async (ordering, concurrency) => {
      await produce(bench, jsonLines(numbered(EVENTS, KEYS)));
      const consumer = bench.consumer('context-consumer', {
        env: { EVENT_BUS_CONSUMER_ORDERING: ordering, EVENT_BUS_CONSUMER_CONCURRENCY: String(concurrency) },
      });
      const found = () => consumer.output.filter((line) => line.startsWith('FOUND'));
      await until(() => found().length >= ATTEMPTS, {
        withinMs: 40_000,
        what: () => `all attempts; ${found().length} of ${ATTEMPTS}; it said ${consumer.lines.slice(-5).join('\n')}`,
      });
      await expect(consumer.stop()).resolves.toBe(0);
      expect(found().filter((line) => line !== 'FOUND nothing')).toEqual([]);
      expect(found()).toHaveLength(ATTEMPTS);
      expect(consumer.output.filter((line) => line.startsWith('LOST'))).toEqual([]);
    },
  );
});
