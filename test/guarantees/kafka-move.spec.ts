import { randomBytes } from 'node:crypto';
import kafkajs, { type Admin } from 'kafkajs';
import type { Backend } from 'nest-event-bus/core';
import { kafka } from 'nest-event-bus/kafka';
import { until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeTopic } from '../support/kafka.js';
import { requires } from '../support/requirements.js';

await requires('kafka-3.9', 'A Kafka group that is moved', (startKafka) => {
  const once = 'offset_time=2023-01-01T00:00:00.000Z';
  let backend: Backend;
  let admin: Admin;
  let topic: string;
  let group: string;

  beforeEach(async () => {
    const brokers = (await startKafka()).split(',');
    topic = `move-${randomBytes(4).toString('hex')}`;
    group = `g-${topic}`;
    await makeTopic(brokers.join(), topic, 2);
    backend = kafka({ brokers, clientId: 'orders', sessionTimeoutMs: 6_000 });
    admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    await backend.createGroup(topic, group, 'earliest');
    await backend.publish(
      Array.from({ length: 20 }, (_, n) => {
        const bytes = Buffer.from(String(n));
        return { topic, key: bytes, value: bytes, headers: [] };
      }),
    );
    await backend.move(topic, group, 'end', { once });
  });
  afterEach(() => Promise.all([admin.disconnect(), backend.close()]));

  /** Commits without metadata, like members of other clients. */
  const commitWithoutMetadata = (partitions: readonly number[]) =>
    admin.setOffsets({
      groupId: group,
      topic,
      partitions: partitions.map((partition) => ({ partition, offset: '1' })),
    });

  it('remembers what it was moved for while one partition does', async () => {
    await commitWithoutMetadata([0]);
    expect(await backend.move(topic, group, 'end', { once })).toEqual([]);
  });

  it('forgets it, and what it had passed, when members of other clients have committed everywhere', async () => {
    await commitWithoutMetadata([0, 1]);
    const moves = await backend.move(topic, group, 'start', { once });
    expect(moves.map(({ again }) => again)).toEqual([1, 1]);
  });

  it(
    'is refused while it has members, on other topics too, by their names and topics',
    { timeout: 60_000 },
    async () => {
      const other = `${topic}-other`;
      const stop = new AbortController();
      const subscription = {
        topic: other,
        group,
        member: 'm',
        start: 'earliest',
        maxInFlight: 1,
        stopBudgetMs: 1_000,
      } as const;
      const consuming = backend.consume(subscription, () => Promise.resolve(), stop.signal);
      const refusal = async () => {
        refused = await backend.move(topic, group, 'end').then(() => '', String);
        return refused;
      };
      let refused = '';
      await until(async () => (await refusal()).includes(other), {
        withinMs: 30_000,
        what: () => `the refusal to name the topic; it says ${refused}`,
      });
      expect(refused).toMatch(`AdminError: Group ${group} has members: orders at `);
      expect(refused).toMatch(/at [\d.]+ \(move-\w+-other\)\. Stop them, then move it\.$/);
      stop.abort();
      await consuming;
    },
  );
});
