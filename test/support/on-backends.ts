import { bareCodec } from 'nest-event-bus/avro';
import type { Backend, RecordCodec } from 'nest-event-bus/core';
import { embedded } from 'nest-event-bus/embedded';
import { confluentCodec, kafka, schemaRegistry } from 'nest-event-bus/kafka';
import { redis, redisCodec } from 'nest-event-bus/redis';
import { beforeAll, describe } from 'vitest';
import { NUMBERED } from '../apps/src/events.js';
import { kafkaEnv } from './kafka.js';
import { requires } from './requirements.js';
import type { Workbench } from './workbench.js';

/** One backend, on the server that all specs share. */
export interface OnBackend {
  /** Returns the settings for it. Call it inside a test. */
  readonly env: () => Readonly<Record<string, string>>;
  /**
   * Opens the backend itself, without the checks for events, and its codec for numbered events. The test closes the
   * backend.
   */
  readonly open: (bench: Workbench) => { readonly backend: Backend; readonly codec: RecordCodec };
}

/** Runs the same tests on every backend. Await it at the top of a file. */
export async function onBackends(tests: (on: OnBackend) => void): Promise<void> {
  describe('embedded', () =>
    tests({
      env: () => ({}),
      open: ({ path }) => ({ backend: embedded({ path }), codec: bareCodec({ definitions: [NUMBERED] }) }),
    }));
  await requires('redis', 'Redis', (address) => {
    let url = '';
    beforeAll(async () => void (url = await address()), 120_000);
    tests({
      env: () => ({
        EVENT_BUS_PRODUCER: 'redis',
        EVENT_BUS_CONSUMER: 'redis',
        EVENT_BUS_REDIS_CONNECTION_URL: url,
      }),
      open: () => {
        const backend = redis({ url });
        return { backend, codec: redisCodec({ definitions: [NUMBERED], schemas: backend.schemas }) };
      },
    });
  });
  await requires('kafka-3.9', 'Kafka', (startKafka) =>
    requires('registry', 'with a registry', (startRegistry) => {
      let servers = '';
      let url = '';
      beforeAll(async () => void ([servers, url] = await Promise.all([startKafka(), startRegistry()])), 120_000);
      tests({
        env: () => kafkaEnv(servers, url),
        open: () => ({
          backend: kafka({ brokers: servers.split(',') }),
          codec: confluentCodec({ definitions: [NUMBERED], registry: schemaRegistry({ url }) }),
        }),
      });
    }),
  );
}
