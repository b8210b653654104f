import { randomBytes } from 'node:crypto';
import { newMetadata } from 'nest-event-bus/core';
import { confluentCodec, kafka as openKafka, schemaRegistry } from 'nest-event-bus/kafka';
import { redis as openRedis, redisCodec } from 'nest-event-bus/redis';
import kafkajs from 'kafkajs';
import { TRACKING_EVENT_EMITTED } from 'openedx-events';
import { NUMBERED, numbered, tracking } from './events.mjs';

export const named = (name) => `bench-${name}-${randomBytes(4).toString('hex')}`;

/** Creates a new topic with this number of partitions. */
export async function makeTopic(kafka, name, partitions = 6) {
  const topic = named(name);
  const admin = new kafkajs.Kafka({ brokers: kafka.brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }] });
  await admin.disconnect();
  return topic;
}

const SAMPLES = {
  numbered: { definition: NUMBERED, dataOf: (n) => numbered(n) },
  tracking: { definition: TRACKING_EVENT_EMITTED, dataOf: (n) => tracking(n) },
};

/** Publishes `total` events to the topic, by default with the numbers from 0. */
export async function fillKafka({ kafka, registry }, topic, total, options = {}) {
  const { definition } = SAMPLES[options.event ?? 'numbered'];
  const backend = openKafka({ brokers: kafka.brokers });
  const codec = confluentCodec({ definitions: [definition], registry: schemaRegistry({ url: registry.url }) });
  await fill(backend, codec, topic, { total, ...options });
}

export async function fillRedis({ redis }, topic, total, options = {}) {
  const { definition } = SAMPLES[options.event ?? 'numbered'];
  const backend = openRedis({ url: redis.url });
  const codec = redisCodec({ definitions: [definition], schemas: backend.schemas });
  await fill(backend, codec, topic, { total, ...options });
}

const AT_ONCE = 500;

function traceparent(sampled) {
  const flags = Math.random() < sampled ? '01' : '00';
  const ids = `${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}`;
  return ['traceparent', Buffer.from(`00-${ids}-${flags}`)];
}

/** With `sampled`, records name a trace; this share of the traces is sampled. */
async function fill(backend, codec, topic, { total, from = 0, event = 'numbered', sampled }) {
  const { definition, dataOf } = SAMPLES[event];
  for (let next = from; next < from + total; next += AT_ONCE) {
    const records = [];
    for (let n = next; n < Math.min(from + total, next + AT_ONCE); n += 1) {
      const metadata = newMetadata({ type: definition.type, minorversion: 0, service: 'bench' });
      const encoded = await codec.encode({ definition, data: dataOf(n), metadata }, definition.keyField, topic);
      const headers = sampled === undefined ? encoded.headers : [...encoded.headers, traceparent(sampled)];
      records.push({ topic, ...encoded, headers });
    }
    await backend.publish(records);
  }
  await backend.close();
}
