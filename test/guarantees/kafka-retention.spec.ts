import { randomBytes } from 'node:crypto';
import kafkajs, { type Admin } from 'kafkajs';
import { kafka } from 'nest-event-bus/kafka';
import { until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeTopic } from '../support/kafka.js';
import { requires } from '../support/requirements.js';

await requires('kafka-3.9', 'A Kafka position that is out of range', (startKafka) => {
  const group = 'out-of-range';
  let brokers: readonly string[];
  let topic: string;
  let admin: Admin;

  beforeEach(async () => {
    brokers = (await startKafka()).split(',');
    topic = `out-of-range-${randomBytes(4).toString('hex')}`;
    await makeTopic(brokers.join(), topic, 1);
    admin = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    // deleteTopicRecords knows only topics that this admin client has asked about.
    await admin.fetchTopicOffsets(topic);
  });
  afterEach(() => admin.disconnect());

  it('goes to the oldest retained record when the records at it were deleted', async () => {
    const backend = kafka({ brokers });
    await publish(10);
    await backend.createGroup(topic, `${group}-${topic}`, 'earliest');
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '4' }] });
    expect(await consumed(6)).toEqual(['4', '5', '6', '7', '8', '9']);
    await backend.close();
  });

  it('jumps over no retained record when it lies behind the end', async () => {
    await publish(5);
    await admin.setOffsets({ groupId: `${group}-${topic}`, topic, partitions: [{ partition: 0, offset: '50' }] });
    expect(await consumed(5)).toEqual(['0', '1', '2', '3', '4']);
  });

  it('is none in a topic that loses records while it is consumed', async () => {
    await publish(5);
    const backend = kafka({ brokers });
    const got: string[] = [];
    const stop = new AbortController();
    const consuming = backend.consume(
      { topic, group: `${group}-${topic}`, member: 'm', start: 'earliest', maxInFlight: 10, stopBudgetMs: 1_000 },
      ({ value }) => Promise.resolve(void got.push(Buffer.from(value ?? []).toString())),
      stop.signal,
    );
    await until(() => got.length === 5, { withinMs: 15_000, what: 'the first records' });
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '5' }] });
    await publish(2);
    await until(() => got.length === 7, { withinMs: 15_000, what: 'the records after them' });
    stop.abort();
    await consuming;
    expect(got).toEqual(['0', '1', '2', '3', '4', '0', '1']);
    await backend.close();
  });

  async function publish(count: number): Promise<void> {
    const backend = kafka({ brokers });
    await backend.publish(
      Array.from({ length: count }, (_, n) => ({ topic, key: null, value: Buffer.from(String(n)), headers: [] })),
    );
    await backend.close();
  }

  async function consumed(count: number): Promise<readonly string[]> {
    const backend = kafka({ brokers });
    const got: string[] = [];
    const stop = new AbortController();
    const consuming = backend.consume(
      { topic, group: `${group}-${topic}`, member: 'm', start: 'latest', maxInFlight: 10, stopBudgetMs: 1_000 },
      ({ value }) => Promise.resolve(void got.push(Buffer.from(value ?? []).toString())),
      stop.signal,
    );
    await until(() => got.length >= count, {
      withinMs: 20_000,
      what: () => `${count} records; there are ${got.join()}`,
    });
    stop.abort();
    await consuming;
    await backend.close();
    return got;
  }
});
