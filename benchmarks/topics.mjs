import { randomBytes } from 'node:crypto';
import { newMetadata } from 'nest-event-bus/core';
import { confluentCodec, kafka as openKafka, schemaRegistry } from 'nest-event-bus/kafka';
import { redis as openRedis, redisCodec } from 'nest-event-bus/redis';
import kafkajs from 'kafkajs';
import { NUMBERED, numbered } from './events.mjs';

export const named = (name) => `bench-${name}-${randomBytes(4).toString('hex')}`;

/** A new topic with so many partitions. */
export async function makeTopic(kafka, name, partitions = 6) {
  const topic = named(name);
  const admin = new kafkajs.Kafka({ brokers: kafka.brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }] });
  await admin.disconnect();
  return topic;
}

/** Publishes so many numbered events to the topic. */
export async function fillKafka({ kafka, registry }, topic, total) {
  const backend = openKafka({ brokers: kafka.brokers });
  const codec = confluentCodec({ definitions: [NUMBERED], registry: schemaRegistry({ url: registry.url }) });
  await fill(backend, codec, topic, total);
}

export async function fillRedis({ redis }, topic, total) {
  const backend = openRedis({ url: redis.url });
  await fill(backend, redisCodec({ definitions: [NUMBERED], schemas: backend.schemas }), topic, total);
}

const AT_ONCE = 500;

async function fill(backend, codec, topic, total) {
  for (let next = 0; next < total; next += AT_ONCE) {
    const records = [];
    for (let n = next; n < Math.min(total, next + AT_ONCE); n += 1) {
      const metadata = newMetadata({ type: NUMBERED.type, minorversion: 0, service: 'bench' });
      const encoded = await codec.encode(
        { definition: NUMBERED, data: numbered(n), metadata },
        NUMBERED.keyField,
        topic,
      );
      records.push({ topic, ...encoded });
    }
    await backend.publish(records);
  }
  await backend.close();
}
