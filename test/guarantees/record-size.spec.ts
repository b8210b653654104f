import { randomBytes, randomUUID } from 'node:crypto';
import { bareCodec } from 'nest-event-bus/avro';
import { type Backend, EventPublisher, PublishError, RecordRefusedError } from 'nest-event-bus/core';
import { embedded } from 'nest-event-bus/embedded';
import { kafka } from 'nest-event-bus/kafka';
import { redis } from 'nest-event-bus/redis';
import kafkajs from 'kafkajs';
import { until } from 'nest-event-bus/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { NUMBERED } from '../apps/src/events.js';
import { kafkaEnv } from '../support/kafka.js';
import { deadLettersOf } from '../support/records.js';
import { requires } from '../support/requirements.js';
import { type Workbench, workbench } from '../support/workbench.js';

interface Place {
  readonly env?: Readonly<Record<string, string>>;
  readonly open: (bench: Workbench) => Backend;
}

describe('On the embedded backend', () => sizes(() => Promise.resolve({ open: ({ path }) => embedded({ path }) })));

await requires('redis', 'On Redis', (startRedis) => {
  sizes(async () => {
    const url = await startRedis();
    const env = { EVENT_BUS_PRODUCER: 'redis', EVENT_BUS_CONSUMER: 'redis', EVENT_BUS_REDIS_CONNECTION_URL: url };
    return { env, open: () => redis({ url }) };
  });
});

await requires('kafka-3.9', 'On Kafka', (startKafka) =>
  requires('registry', 'with a registry', (startRegistry) => {
    sizes(async () => {
      const servers = await startKafka();
      return { env: kafkaEnv(servers, await startRegistry()), open: () => kafka({ brokers: servers.split(',') }) };
    });

    it('an event that is too large for its topic alone is refused as well, and costs no other', async () => {
      const brokers = (await startKafka()).split(',');
      const topic = `small-${randomBytes(4).toString('hex')}`;
      await makeSmallTopic(brokers, topic);
      const backend = kafka({ brokers });
      const { publisher } = publisherOn(backend);
      const results = await Promise.allSettled(
        [10, 20_000, 10].map((bytes) => publisher.publish(NUMBERED, eventOf(bytes), { topic })),
      );
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      const error = (results[1] as PromiseRejectedResult).reason as PublishError;
      expect(error.cause).toBeInstanceOf(RecordRefusedError);
      expect(error.message).toMatch(
        new RegExp(
          `^Could not publish test\\.numbered\\.v1 \\S+ to ${topic}: Kafka: could not publish to ${topic} a record of 2\\d{4} bytes ` +
            '\\(key, value and headers\\), more than max\\.message\\.bytes of the topic allows: .* \\(MESSAGE_TOO_LARGE\\)$',
        ),
      );
      await backend.close();
    });

    it('maxRecordBytes is what the brokers allow more or less', async () => {
      const brokers = (await startKafka()).split(',');
      const backend = kafka({ brokers, maxRecordBytes: 5_000 });
      const { publisher } = publisherOn(backend);
      const topic = `limited-${randomBytes(4).toString('hex')}`;
      await expect(publisher.publish(NUMBERED, eventOf(6_000), { topic })).rejects.toThrow('at most 5000 are allowed');
      await backend.close();
    });
  }),
);

/** The tests for all backends. */
function sizes(find: () => Promise<Place>): void {
  let bench: Workbench | undefined;
  afterEach(() => bench?.clear());

  it('an event that is too large is refused, and the error names it, its topic, its size and the limit', async () => {
    bench = workbench('record size');
    const { open } = await find();
    const backend = open(bench);
    const { publisher, notices } = publisherOn(backend);
    const id = randomUUID();
    const publishing = publisher.publish(NUMBERED, eventOf(backend.maxRecordBytes), {
      topic: bench.topic,
      metadata: { id },
    });
    const error = (await publishing.catch((reason: unknown) => reason)) as PublishError;
    expect(error).toBeInstanceOf(PublishError);
    expect(error.cause).toBeInstanceOf(RecordRefusedError);
    expect(error.message).toMatch(
      new RegExp(
        `^Could not publish test\\.numbered\\.v1 ${id} to ${bench.topic}: A record for topic ${bench.topic} has 1\\d{6} bytes ` +
          `\\(key, value and headers\\); at most ${backend.maxRecordBytes} are allowed\\.$`,
      ),
    );
    expect(notices).toEqual(['publish-failed']);
    await backend.close();
  });

  it('a record as large as it may be is set aside as it is', async () => {
    const place = await find();
    bench = workbench('large letter', place.env);
    const { topic, group } = bench;
    const backend = place.open(bench);
    const value = new Uint8Array(randomBytes(backend.maxRecordBytes));
    await backend.publish([{ topic, key: null, value, headers: [] }]);
    const consumer = bench.consumer('fault-consumer');
    await consumer.says(/Moved to the dead letters:/, 30_000);
    await until(async () => (await backend.positions(topic, group)).every(({ behind }) => behind === 0), {
      withinMs: 20_000,
      what: () => `the record to be settled; the consumer said:\n${consumer.lines.slice(-5).join('\n')}`,
    });
    expect(await consumer.stop()).toBe(0);
    const letters: Uint8Array[] = [];
    for await (const record of backend.read(deadLettersOf(bench))) letters.push(new Uint8Array(record.value ?? []));
    expect(letters.map((letter) => Buffer.compare(letter, value))).toEqual([0]);
    await backend.close();
  });
}

function eventOf(bytes: number) {
  return { number: { key: 'k', seq: 0, note: 'x'.repeat(bytes) } };
}

function publisherOn(backend: Backend) {
  const notices: string[] = [];
  const publisher = new EventPublisher({
    publisher: backend,
    codec: bareCodec({ definitions: [NUMBERED] }),
    routes: new Map(),
    observe: ({ kind }) => notices.push(kind),
    topicPrefix: undefined,
    service: 'test',
    timeoutMs: 20_000,
  });
  return { publisher, notices };
}

async function makeSmallTopic(brokers: readonly string[], topic: string): Promise<void> {
  const admin = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  const configEntries = [{ name: 'max.message.bytes', value: '10000' }];
  await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] });
  await admin.disconnect();
}
