import { join } from 'node:path';
import type { Backend, ReceivedRecord } from 'nest-event-bus/core';
import { embedded } from 'nest-event-bus/embedded';
import { redis } from 'nest-event-bus/redis';
import { until } from 'nest-event-bus/testing';
import { expect, it } from 'vitest';
import { callsIn, jsonLines, numbered } from '../support/numbered.js';
import { deadLettersOf, produce } from '../support/records.js';
import { requires } from '../support/requirements.js';
import { type Workbench, workbench } from '../support/workbench.js';

const TITLE = 'an event that ends its process is set aside at the delivery limit, and nothing else';
const LIMIT = 4;
const LONG = { timeout: 180_000 };

it(`embedded: ${TITLE}`, LONG, async () => {
  const bench = workbench('fatal-record');
  await isSetAside(bench, embedded({ path: bench.path }));
});

await requires('redis', 'Redis', (address) => {
  it(TITLE, LONG, async () => {
    const url = await address();
    const bench = workbench('fatal-record', {
      EVENT_BUS_PRODUCER: 'redis',
      EVENT_BUS_CONSUMER: 'redis',
      EVENT_BUS_REDIS_CONNECTION_URL: url,
      EVENT_BUS_REDIS_CLAIM_TIME: '1',
      // The server counts vanished members for all records that a member has in hand.
      EVENT_BUS_CONSUMER_MAX_IN_FLIGHT: '1',
    });
    await isSetAside(bench, redis({ url }));
  });
});

/** Starts consumers one after another, like an orchestrator, until one survives the fatal event. */
async function isSetAside(bench: Workbench, backend: Backend): Promise<void> {
  const history = join(bench.folder, 'history.jsonl');
  const events = numbered(30, 30).map((event, n) => (n === 10 ? { ...event, note: 'fatal' } : event));
  const env = { HISTORY: history, EVENT_BUS_DELIVERY_LIMIT: `${LIMIT}` };
  await produce(bench, jsonLines(events));
  for (let n = 1; n <= LIMIT; n += 1)
    await expect(bench.consumer('mortal-consumer', { env }).ended).resolves.toBe('SIGKILL');
  const survivor = bench.consumer('mortal-consumer', { env });
  await survivor.says(new RegExp(`Record cannot be used: .*${LIMIT} members vanished`), 30_000);
  const behind = async () => (await backend.positions(bench.topic, bench.group))[0]?.behind;
  await until(async () => (await behind()) === 0, { withinMs: 30_000, what: 'all events to be settled' });
  const letters: ReceivedRecord[] = [];
  for await (const letter of backend.read(deadLettersOf(bench))) letters.push(letter);
  await backend.close();
  expect(letters).toHaveLength(1);
  const calls = callsIn(history).map(({ id }) => id);
  expect(calls.filter((id) => id === events[10]?.id)).toHaveLength(LIMIT);
  expect(new Set(calls)).toEqual(new Set(events.map(({ id }) => id)));
  await expect(survivor.stop()).resolves.toBe(0);
  await bench.clear();
}
