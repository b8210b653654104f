import { randomBytes } from 'node:crypto';
import kafkajs, { type Admin } from 'kafkajs';
import type { Backend } from 'nest-event-bus/core';
import { kafka } from 'nest-event-bus/kafka';
import { until } from 'nest-event-bus/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { requires } from '../support/requirements.js';

const WITHIN = { withinMs: 20_000 };

for (const server of ['kafka-3.9', 'kafka-4.1'] as const) {
  await requires(server, `A topic that Kafka ${server.slice(6)} compresses`, (startKafka) => {
    let backend: Backend;
    let admin: Admin;

    beforeAll(async () => {
      const brokers = (await startKafka()).split(',');
      backend = kafka({ brokers });
      admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
      await admin.connect();
    });
    afterAll(() => Promise.all([backend.close(), admin.disconnect()]));

    it.each(['zstd', 'lz4', 'snappy', 'gzip'])(
      'is consumed and read, with no line of code for it: by %s',
      async (codec) => {
        const topic = `compressed-${codec}-${randomBytes(4).toString('hex')}`;
        const configEntries = [{ name: 'compression.type', value: codec }];
        await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] });
        const values = Array.from({ length: 300 }, (_, n) => `${n} `.repeat(n));
        await backend.publish(values.map((value) => ({ topic, key: null, value: Buffer.from(value), headers: [] })));
        const handled: string[] = [];
        const stop = new AbortController();
        const consuming = backend.consume(
          { topic, group: topic, member: 'm', start: 'earliest', maxInFlight: 10, stopBudgetMs: 1_000 },
          ({ value }) => Promise.resolve(void handled.push(Buffer.from(value ?? []).toString())),
          stop.signal,
        );
        await until(() => handled.length >= values.length, { ...WITHIN, what: 'the events' });
        stop.abort();
        await consuming;
        expect(handled).toEqual(values);
        const read: string[] = [];
        for await (const { value } of backend.read(topic)) read.push(Buffer.from(value ?? []).toString());
        expect(read).toEqual(values);
      },
    );
  });
}
