import kafkajs from 'kafkajs';
import { kafka } from 'nest-event-bus/kafka';
import { until } from 'nest-event-bus/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Kafka, kafka as kafkaServer } from '../../tools/servers/index.mjs';
import { makeTopic } from '../support/kafka.js';
import { requires } from '../support/requirements.js';

await requires('kafka-3.9', 'A Kafka that takes little metadata', () => {
  const topic = 'little-metadata';
  const group = 'g';
  const COUNT = 600;
  let server: Kafka;

  beforeAll(async () => {
    server = await kafkaServer({ version: '3.9', config: { 'offset.metadata.max.bytes': '64' } });
    await makeTopic(server.bootstrapServers, topic, 1);
  }, 120_000);
  afterAll(() => server.clear());

  it('takes the offsets all the same, and what the group was moved for', async () => {
    const backend = kafka({ brokers: server.brokers });
    const admin = new kafkajs.Kafka({ brokers: [...server.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    const committed = async () => {
      const [of] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
      return of?.partitions[0];
    };
    await backend.createGroup(topic, group, 'earliest');
    await backend.publish(
      Array.from({ length: COUNT }, (_, n) => ({ topic, key: null, value: Buffer.from(String(n)), headers: [] })),
    );
    await backend.move(topic, group, 'start', { once: 'why' });
    const before = (await committed())?.metadata;
    expect(before).toMatch(/once:/);

    const ends = new Map<string, () => void>();
    let settled = 0;
    const stop = new AbortController();
    const consuming = backend.consume(
      { topic, group, member: 'm', start: 'earliest', maxInFlight: COUNT, stopBudgetMs: 5_000 },
      async ({ value }) => {
        const name = Buffer.from(value ?? []).toString();
        if (name === '0' || name === '1') await new Promise<void>((resolve) => ends.set(name, resolve));
        else settled += 1;
      },
      stop.signal,
    );
    try {
      await until(() => settled === COUNT - 2, { withinMs: 20_000, what: 'the records behind the first two' });
      ends.get('0')?.();
      const isThere = async () => (await committed())?.offset === '1';
      await until(isThere, { withinMs: 5_000, what: 'the offset behind the first record' });
      const metadata = (await committed())?.metadata;
      expect(metadata).toContain(before);
      expect(metadata).not.toContain('settled:');
    } finally {
      ends.get('1')?.();
      stop.abort();
      await consuming;
      expect((await committed())?.offset).toBe(String(COUNT));
      await Promise.all([backend.close(), admin.disconnect()]);
    }
  });
});
