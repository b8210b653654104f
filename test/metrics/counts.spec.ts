import type { EventBusOptions } from 'nest-event-bus';
import { deadLetterTopic } from 'nest-event-bus/core';
import { until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { NUMBERED, UNHANDLED } from '../apps/src/events.js';
import { onBackends } from '../support/on-backends.js';
import { type Workbench, workbench } from '../support/workbench.js';
import { type Service, startService } from './bench.js';
import { calls, Good, Moody, SKIPPED, Skipping } from './handlers.js';
import { optionsOf } from './options.js';

const LONG = { timeout: 60_000 };

await onBackends(({ env, open }) => {
  let bench: Workbench;
  let service: Service | undefined;
  beforeEach(() => {
    bench = workbench('metrics');
    Object.assign(calls, { good: 0, moody: 0, skipping: 0, failed: 0 });
  });
  afterEach(async () => {
    await service?.close();
    service = undefined;
    await bench.clear();
  });

  const start = async (more: EventBusOptions = {}) => {
    const { topic, group } = bench;
    const options = { ...optionsOf(env(), bench), ...more };
    return (service = await startService(options, { topic, group }, [Good, Moody, Skipping]));
  };

  it('counts what was published, handled, retried, set aside and skipped, and nothing else', LONG, async () => {
    const { topic, group } = bench;
    const { bus, metrics } = await start();
    // The note says how often the handler fails: 0 handled, 2 retried, 3 and more a dead letter.
    const failures = ['0', '2', '3', '0', '1', '9', '0', '0'];
    for (const [seq, note] of failures.entries())
      await bus.publish(NUMBERED, { number: { key: `k${seq % 3}`, seq, note } }, { topic });
    await bus.publish(UNHANDLED, { text: 'nobody' }, { topic });
    await bus.publish(SKIPPED, { text: 'skip me' }, { topic });
    await bus.publish(SKIPPED, { text: 'skip me' }, { topic });
    await publishDamaged(open(bench), topic);

    const settled = failures.length + 1 + 2 + 2;
    const of = { topic, group };
    await until(async () => (await metrics()).sumOf('event_bus_processed_total', of) === settled, {
      withinMs: 30_000,
      what: `${settled} settled records`,
    });

    const read = await metrics();
    const type = NUMBERED.type;
    expect(read.valueOf('event_bus_published_total', { topic, type })).toBe(8);
    expect(read.valueOf('event_bus_published_total', { topic, type: SKIPPED.type })).toBe(2);
    expect(read.sumOf('event_bus_published_total')).toBe(11);
    expect(read.sumOf('event_bus_publish_failures_total')).toBe(0);
    expect(read.valueOf('event_bus_publish_duration_seconds_count', { topic })).toBe(11);

    const outcome = (name: string) => read.valueOf('event_bus_processed_total', { ...of, outcome: name });
    expect(outcome('handled')).toBe(6);
    expect(outcome('dead-lettered')).toBe(3);
    expect(outcome('skipped')).toBe(2);
    expect(outcome('unhandled')).toBe(1);
    expect(outcome('tombstone')).toBe(1);
    expect(read.valueOf('event_bus_processing_duration_seconds_count', of)).toBe(settled);

    expect(read.valueOf('event_bus_received_total', { ...of, type })).toBe(8);
    expect(read.valueOf('event_bus_handler_calls_total', { ...of, type, handler: 'Good.good' })).toBe(calls.good);
    const moody = { ...of, type, handler: 'Moody.moody' };
    expect(calls).toEqual({ good: 8, moody: 4 + 3 + 2 + 3 + 3, skipping: 2, failed: 2 + 3 + 1 + 3 });
    expect(read.valueOf('event_bus_handler_calls_total', moody)).toBe(calls.moody);
    expect(read.valueOf('event_bus_handler_failures_total', moody)).toBe(calls.failed);
    expect(read.valueOf('event_bus_handler_duration_seconds_count', moody)).toBe(calls.moody);
    // The last failure of the two dead letters is not followed by a retry.
    expect(read.valueOf('event_bus_retries_total', moody)).toBe(calls.failed - 2);

    expect(read.valueOf('event_bus_dead_letters_total', { ...of, type, reason: 'handler' })).toBe(2);
    expect(read.sumOf('event_bus_dead_letters_total', { ...of, reason: 'unreadable' })).toBe(1);
    expect(read.sumOf('event_bus_dead_letters_total')).toBe(3);
    expect(await countOf(open(bench), deadLetterTopic(topic, group))).toBe(3);

    expect(read.valueOf('event_bus_redeliveries_total', of)).toBe(0);
    expect(read.valueOf('event_bus_released_total', of)).toBe(0);
    expect(read.valueOf('event_bus_in_hand', of)).toBe(0);
    expect(read.valueOf('event_bus_consumer_connected', of)).toBe(1);
    expect(read.sumOf('event_bus_waiting', of)).toBe(0);
    const age = Date.now() / 1000 - (read.valueOf('event_bus_last_processed_timestamp_seconds', of) ?? 0);
    expect(age).toBeGreaterThanOrEqual(0);
    expect(age).toBeLessThan(60);
  });
});

type Opened = ReturnType<Parameters<Parameters<typeof onBackends>[0]>[0]['open']>;

/** Publishes a record that cannot be read, and a tombstone. */
async function publishDamaged({ backend, codec }: Opened, topic: string): Promise<void> {
  const data = { number: { key: 'damaged', seq: 1, note: null } };
  const metadata = {
    type: NUMBERED.type,
    id: 'c5b0a3c2-4e8c-4d0a-9f7e-0d0a6f6f1c11',
    source: 'openedx/test/web',
    sourcehost: 'test',
    time: '2026-01-01T00:00:00+00:00',
    minorversion: 0,
    sourcelib: [1, 0, 0] as const,
  };
  const { key, value, headers } = await codec.encode(
    { definition: NUMBERED, data, metadata },
    NUMBERED.keyField,
    topic,
  );
  try {
    await backend.publish([
      { topic, key, value: value?.subarray(0, value.length - 3) ?? null, headers },
      { topic, key, value: null, headers },
    ]);
  } finally {
    await backend.close();
  }
}

async function countOf({ backend }: Opened, topic: string): Promise<number> {
  let count = 0;
  try {
    for await (const record of backend.read(topic)) if (record.topic === topic) count += 1;
  } finally {
    await backend.close();
  }
  return count;
}
