import { randomBytes } from 'node:crypto';
import kafkajs from 'kafkajs';
import type { Backend } from 'nest-event-bus/core';
import { kafka } from 'nest-event-bus/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runPython } from '../support/python.js';
import { requires } from '../support/requirements.js';

/**
 * Codec of the publisher → codec in which the broker stores the records. The broker must read one and write the other.
 */
const CODECS = [
  ['gzip', 'snappy'],
  ['snappy', 'lz4'],
  ['lz4', 'zstd'],
  ['zstd', 'gzip'],
] as const;
type Compression = (typeof CODECS)[number][0];

/** More data than one block of Snappy, LZ4 or zstd holds. */
const RECORDS = Array.from({ length: 500 }, (_, n) => [`key-${n}`, `${n} ${'compressed '.repeat(n % 100)}`] as const);

await requires('python-brokers', 'compressed batches', async (python) => {
  await requires('kafka-3.9', 'on Kafka 3.9', (start) => exchanges(python, start));
  await requires('kafka-4.1', 'on Kafka 4.1', (start) => exchanges(python, start));
});

function exchanges(python: string, start: () => Promise<string>): void {
  let servers: string;
  let admin: kafkajs.Admin;

  beforeAll(async () => {
    servers = await start();
    admin = new kafkajs.Kafka({ brokers: servers.split(','), logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
  });

  afterAll(() => admin.disconnect());

  describe.each(CODECS)('%s', (name, other) => {
    it('of librdkafka is read', async () => {
      const topic = await newTopic('producer');
      await runPython(python, 'compression.py', { servers, topic, compression: name, send: RECORDS });
      expect(await read(topic)).toEqual(RECORDS);
    });

    it('is taken by the broker, and read by librdkafka', async () => {
      const topic = await newTopic('producer');
      await publish(topic, name);
      expect(await readByPython(topic)).toEqual(RECORDS);
      expect(await read(topic)).toEqual(RECORDS);
    });

    it(`is read by the broker, which keeps it as ${other}, and that is read`, async () => {
      const topic = await newTopic(other);
      await publish(topic, name);
      expect(await readByPython(topic)).toEqual(RECORDS);
      expect(await read(topic)).toEqual(RECORDS);
    });
  });

  async function newTopic(compression: string): Promise<string> {
    const topic = `compression-${randomBytes(4).toString('hex')}`;
    const configEntries = [{ name: 'compression.type', value: compression }];
    await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] });
    return topic;
  }

  async function publish(topic: string, compression: Compression): Promise<void> {
    const records = RECORDS.map(([key, value]) => ({
      topic,
      key: Buffer.from(key),
      value: Buffer.from(value),
      headers: [],
    }));
    await withBackend({ compression }, (backend) => backend.publish(records));
  }

  function read(topic: string): Promise<readonly (readonly unknown[])[]> {
    return withBackend({}, async (backend) => {
      const records: (readonly unknown[])[] = [];
      for await (const { key, value } of backend.read(topic))
        records.push([Buffer.from(key ?? []).toString(), Buffer.from(value ?? []).toString()]);
      return records;
    });
  }

  async function withBackend<Result>(
    options: { readonly compression?: Compression },
    use: (backend: Backend) => Promise<Result>,
  ): Promise<Result> {
    const backend = kafka({ brokers: servers.split(','), ...options });
    try {
      return await use(backend);
    } finally {
      await backend.close();
    }
  }

  async function readByPython(topic: string): Promise<unknown> {
    return JSON.parse(await runPython(python, 'compression.py', { servers, topic, receive: RECORDS.length }));
  }
}
