import { randomUUID } from 'node:crypto';
import { until } from 'nest-event-bus/testing';
import { UnavailableError, type EventDefinition, type ReceivedRecord } from 'nest-event-bus/core';
import { redisCodec } from 'nest-event-bus/redis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { redis, type Redis } from '../../tools/servers/index.mjs';
import { requires } from '../support/requirements.js';
import { type RedisBench, redisBench } from './redis-bench.js';

const SCHEMAS = 'event-bus:schemas';

await requires('redis', 'Redis: the schemas of writers', () => {
  let server: Redis;
  let bench: RedisBench;
  beforeEach(async () => {
    // A server of its own, because all topics share the hash of schemas.
    server = await redis();
    bench = redisBench(server.url);
  }, 60_000);
  afterEach(async () => {
    await bench.clear();
    await server.clear();
  });

  it('are saved again when the server lost them; until then their entries wait and are not refused', async () => {
    const type = 'example.counted.v1';
    const older = definition(type, [{ name: 'n', type: 'long' }]);
    const newer = definition(type, [
      { name: 'n', type: 'long' },
      { name: 'm', type: 'long', default: 7 },
    ]);
    const writer = redisCodec({ definitions: [older], schemas: bench.backend.schemas });
    const reading = bench.open();
    const reader = redisCodec({ definitions: [newer], schemas: reading.schemas });
    const metadata = { type, id: randomUUID(), minorversion: 0, source: 's', sourcehost: 'h', sourcelib: [1, 2, 3] };
    const event = { definition: older, data: { n: 1 }, metadata: { ...metadata, time: '2024-02-29T12:34:56+00:00' } };
    const encoded = await writer.encode(event, undefined, bench.topic);
    await bench.backend.publish([{ topic: bench.topic, ...encoded }]);
    await bench.client.del(SCHEMAS);
    const record = await firstOf(reading.read(bench.topic));
    await expect(Promise.resolve().then(() => reader.decode(record))).rejects.toThrow(UnavailableError);
    await expect(Promise.resolve().then(() => reader.decode(record))).rejects.toThrow(
      /^The schema [0-9a-f]{32} is missing in event-bus:schemas at Redis .*; a running publisher saves it again within 5 s\.$/,
    );
    let last: unknown;
    const isRead = async () => {
      try {
        last = await reader.decode(record);
        return true;
      } catch (error) {
        expect(error).toBeInstanceOf(UnavailableError);
        return false;
      }
    };
    await until(isRead, { withinMs: 11_000, what: 'the schema to be saved again' });
    expect(last).toMatchObject({ data: { n: 1, m: 7 } });
  });
});

function definition(type: string, fields: readonly unknown[]): EventDefinition {
  return {
    type,
    minorversion: 0,
    schema: JSON.stringify({ name: 'CloudEvent', type: 'record', namespace: 'x', doc: 'd', fields }),
  };
}

async function firstOf(records: AsyncIterable<ReceivedRecord>): Promise<ReceivedRecord> {
  for await (const record of records) return record;
  throw new Error('There is no record.');
}
