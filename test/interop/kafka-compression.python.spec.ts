import { randomBytes } from 'node:crypto';
import kafkajs from 'kafkajs';
import { until } from 'nest-event-bus/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codecNumber, compress, decompress } from '../../libs/event-bus/dist/kafka/records/compression.js';
import { runPython } from '../support/python.js';
import { requires } from '../support/requirements.js';

const { CompressionTypes } = kafkajs;

/** Each with another, in which the broker keeps the records: it has to read the one and writes the other. */
const CODECS = [
  ['gzip', 'snappy', CompressionTypes.GZIP],
  ['snappy', 'lz4', CompressionTypes.Snappy],
  ['lz4', 'zstd', CompressionTypes.LZ4],
  ['zstd', 'gzip', CompressionTypes.ZSTD],
] as const;

/** More than a block of Snappy, LZ4 or zstd holds. */
const RECORDS = Array.from({ length: 500 }, (_, n) => [`key-${n}`, `${n} ${'compressed '.repeat(n % 100)}`] as const);

/** kafkajs carries the batches, and compresses and decompresses none. */
const codecs: Record<number, unknown> = kafkajs.CompressionCodecs;
const before = { ...codecs };

await requires('python-brokers', 'compressed batches', async (python) => {
  await requires('kafka-3.9', 'on Kafka 3.9', (start) => exchanges(python, start));
  await requires('kafka-4.1', 'on Kafka 4.1', (start) => exchanges(python, start));
});

function exchanges(python: string, start: () => Promise<string>): void {
  let servers: string;
  let client: kafkajs.Kafka;

  beforeAll(async () => {
    servers = await start();
    client = new kafkajs.Kafka({ brokers: servers.split(','), logLevel: kafkajs.logLevel.NOTHING });
    for (const [name] of CODECS) {
      const codec = codecNumber(name);
      codecs[codec] = () => ({
        compress: ({ buffer }: { readonly buffer: Buffer }) => compress(codec, buffer),
        decompress: (bytes: Buffer) => decompress(codec, bytes, { maxBytes: 10_000_000 }),
      });
    }
  });

  afterAll(() => Object.assign(codecs, before));

  describe.each(CODECS)('%s', (name, other, type) => {
    it('of librdkafka is read here', async () => {
      const topic = await newTopic('producer');
      await runPython(python, 'compression.py', { servers, topic, compression: name, send: RECORDS });
      expect(await receive(topic)).toEqual(RECORDS);
    });

    it('from here is taken by the broker, and read by librdkafka', async () => {
      const topic = await newTopic('producer');
      await send(topic, type);
      expect(await receivedByPython(topic)).toEqual(RECORDS);
    });

    it(`from here is kept by the broker as ${other}, and both are read on both sides`, async () => {
      const topic = await newTopic(other);
      await send(topic, type);
      expect(await receivedByPython(topic)).toEqual(RECORDS);
      expect(await receive(topic)).toEqual(RECORDS);
    });
  });

  async function newTopic(compression: string): Promise<string> {
    const topic = `compression-${randomBytes(4).toString('hex')}`;
    const admin = client.admin();
    await admin.connect();
    const configEntries = [{ name: 'compression.type', value: compression }];
    await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] });
    await admin.disconnect();
    return topic;
  }

  async function send(topic: string, compression: kafkajs.CompressionTypes): Promise<void> {
    const producer = client.producer();
    await producer.connect();
    const messages = RECORDS.map(([key, value]) => ({ key, value, partition: 0 }));
    await producer.send({ topic, compression, messages });
    await producer.disconnect();
  }

  async function receive(topic: string): Promise<readonly unknown[]> {
    const received: unknown[] = [];
    const consumer = client.consumer({ groupId: `${topic}-group`, maxWaitTimeInMs: 100 });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: ({ message }) => {
        received.push([message.key?.toString(), message.value?.toString()]);
        return Promise.resolve();
      },
    });
    await until(() => received.length >= RECORDS.length, { withinMs: 20_000, what: `the records of ${topic}` });
    await consumer.disconnect();
    return received;
  }

  async function receivedByPython(topic: string): Promise<unknown> {
    return JSON.parse(await runPython(python, 'compression.py', { servers, topic, receive: RECORDS.length }));
  }
}
