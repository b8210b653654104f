import { randomBytes } from 'node:crypto';
import { bodyCodec, compileSchema } from 'nest-event-bus/avro';
import { type Backend, newMetadata, type RecordCodec } from 'nest-event-bus/core';
import { confluentCodec, kafka, schemaRegistry } from 'nest-event-bus/kafka';
import { redis, redisCodec } from 'nest-event-bus/redis';
import { TRACKING_EVENT_EMITTED } from 'openedx-events';
import { expect, it } from 'vitest';
import { runPython } from '../support/python.js';
import { requires } from '../support/requirements.js';

const { type, schema } = TRACKING_EVENT_EMITTED;
const data = { tracking_log: { name: 'n', timestamp: '2026-02-28T12:34:56+00:00', data: '{}', context: '{}' } };
const body = bodyCodec(type, compileSchema(schema)).encode(data).toString('base64');
const TRACE = [
  ['traceparent', Buffer.from(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`)],
  ['tracestate', Buffer.from('other=1')],
] as const;

/** Publishes one event with a trace, and returns its id. */
async function publishTraced(backend: Backend, codec: RecordCodec, topic: string): Promise<string> {
  const metadata = newMetadata({ type, minorversion: 0, service: 'nest' });
  const encoded = await codec.encode(
    { definition: TRACKING_EVENT_EMITTED, metadata, data },
    'tracking_log.name',
    topic,
  );
  await backend.publish([{ topic, ...encoded, headers: [...encoded.headers, ...TRACE] }]);
  return metadata.id;
}

await requires('python-brokers', 'Open edX services', async (python) => {
  const topic = `traced-${randomBytes(4).toString('hex')}`;
  const group = `${topic}-python`;

  await requires('redis', 'on Redis', (startRedis) => {
    it('read an event of Redis that carries a trace', { timeout: 120_000 }, async () => {
      const url = await startRedis();
      const backend = redis({ url });
      try {
        await backend.createGroup(topic, group, 'earliest');
        const codec = redisCodec({ definitions: [TRACKING_EVENT_EMITTED], schemas: backend.schemas });
        const id = await publishTraced(backend, codec, topic);
        const task = {
          role: 'consume',
          url,
          topic,
          group,
          name: 'python',
          types: [type],
          limit: 1,
          checkBacklog: true,
        };
        const lines = (await runPython(python, 'redis_bus.py', task)).trim().split('\n');
        expect(lines.map((line) => JSON.parse(line) as object).at(-1)).toMatchObject({ type, id, body });
      } finally {
        await backend.close();
      }
    });
  });
  await requires('kafka-3.9', 'on Kafka', (startKafka) =>
    requires('registry', 'with a registry', (startRegistry) => {
      it('read an event of Kafka that carries a trace', { timeout: 120_000 }, async () => {
        const [servers, registry] = await Promise.all([startKafka(), startRegistry()]);
        const backend = kafka({ brokers: servers.split(',') });
        try {
          await backend.createTopic(topic);
          await backend.createGroup(topic, group, 'earliest');
          const codec = confluentCodec({
            definitions: [TRACKING_EVENT_EMITTED],
            registry: schemaRegistry({ url: registry }),
          });
          const id = await publishTraced(backend, codec, topic);
          const task = { servers, registry, topic, group, receive: 1 };
          const received = JSON.parse(await runPython(python, 'kafka_service.py', task)) as unknown;
          expect(received).toMatchObject([{ type, metadata: { id }, body }]);
        } finally {
          await backend.close();
        }
      });
    }),
  );
});
