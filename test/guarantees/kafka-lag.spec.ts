import { randomBytes } from 'node:crypto';
import kafkajs, { type Admin, type Kafka, type Producer } from 'kafkajs';
import { AdminError, type Backend } from 'nest-event-bus/core';
import { kafka } from 'nest-event-bus/kafka';
import { until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeTopic } from '../support/kafka.js';
import { requires } from '../support/requirements.js';

await requires('kafka-3.9', 'Kafka: the lag of a group', (startKafka) => {
  let client: Kafka;
  let producer: Producer;
  let backend: Backend;
  let topic: string;
  let group: string;

  beforeEach(async () => {
    const brokers = (await startKafka()).split(',');
    topic = `lag-${randomBytes(4).toString('hex')}`;
    group = `g-${topic}`;
    await makeTopic(brokers.join(), topic, 1);
    backend = kafka({ brokers, sessionTimeoutMs: 6_000 });
    await backend.createGroup(topic, group, 'earliest');
    client = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });
    producer = client.producer({ transactionalId: topic, maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
  });
  afterEach(() => Promise.all([producer.disconnect(), backend.close()]));

  it('is 0 when all events are handled, though the topic ends with the marker of a transaction', async () => {
    await transaction(['1', '2', '3'], 'commit');
    expect(await handled(['1', '2', '3'])).toMatchObject({ behind: 0, oldestAt: null });
  });

  it('is 0 when all events are handled, though the topic ends with an aborted transaction', async () => {
    await transaction(['1'], 'commit');
    await transaction(['2', '3'], 'abort');
    expect(await handled(['1'])).toMatchObject({ behind: 0, oldestAt: null });
  });

  it('has no age while only aborted events are left', async () => {
    await transaction(['1', '2'], 'abort');
    const [position] = await backend.positions(topic, group);
    expect(position?.oldestAt).toBeNull();
  });

  it('counts what retention left, and has the age of the oldest of these events', async () => {
    const now = Date.now();
    const times = Array.from({ length: 10 }, (_, n) => now - 60_000 + n * 1_000);
    await plain(times);
    await withAdmin(async (admin) => {
      // The next call needs the topic's metadata, and does not look it up itself.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '4' }] });
    });
    expect(await lag()).toEqual({ behind: 6, oldestAt: times[4] });
    await backend.move(topic, group, { position: '0:7' });
    expect(await lag()).toEqual({ behind: 3, oldestAt: times[7] });
    await backend.move(topic, group, 'start');
    expect(await lag()).toEqual({ behind: 6, oldestAt: times[4] });
    await backend.move(topic, group, 'end');
    expect(await lag()).toEqual({ behind: 0, oldestAt: null });
  });

  it('is unknown, not 0, when somebody deleted the group', async () => {
    await plain([Date.now()]);
    await withAdmin((admin) => admin.deleteGroups([group]));
    await expect(backend.positions(topic, group)).rejects.toThrow(AdminError);
  });

  async function lag(): Promise<unknown> {
    const [position] = await backend.positions(topic, group);
    return { behind: position?.behind, oldestAt: position?.oldestAt };
  }

  /** Publishes an event made at each of these times. */
  async function plain(times: readonly number[]): Promise<void> {
    const plain = client.producer();
    await plain.connect();
    try {
      await plain.send({ topic, messages: times.map((time) => ({ key: 'k', value: 'v', timestamp: String(time) })) });
    } finally {
      await plain.disconnect();
    }
  }

  async function withAdmin(use: (admin: Admin) => Promise<unknown>): Promise<void> {
    const admin = client.admin();
    await admin.connect();
    try {
      await use(admin);
    } finally {
      await admin.disconnect();
    }
  }

  async function transaction(values: readonly string[], end: 'commit' | 'abort'): Promise<void> {
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: values.map((value) => ({ key: value, value })) });
    await transaction[end]();
  }

  /** Consumes these events and resolves with the position of the group at the end. */
  async function handled(expected: readonly string[]): Promise<unknown> {
    const stop = new AbortController();
    const seen: string[] = [];
    const subscription = {
      topic,
      group,
      member: 'm',
      start: 'earliest',
      maxInFlight: 10,
      stopBudgetMs: 1_000,
    } as const;
    const consuming = backend.consume(
      subscription,
      ({ value }) => {
        seen.push(Buffer.from(value ?? '').toString());
        return Promise.resolve();
      },
      stop.signal,
    );
    let last: Awaited<ReturnType<Backend['positions']>> = [];
    await until(() => seen.length >= expected.length, { withinMs: 30_000, what: 'the events' });
    await until(
      async () => {
        last = await backend.positions(topic, group);
        return last[0]?.behind === 0;
      },
      { withinMs: 10_000, what: () => `no lag; it is ${JSON.stringify(last)}` },
    ).catch((error: unknown) => (error as Error).message);
    stop.abort();
    await consuming;
    expect(seen).toEqual(expected);
    return (await backend.positions(topic, group))[0];
  }
});
