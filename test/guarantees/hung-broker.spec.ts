import { randomBytes } from 'node:crypto';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventBus, EventBusModule, type EventBusOptions, PublishError } from 'nest-event-bus';
import { afterEach, expect, it } from 'vitest';
import { kafka, redis, type Server } from '../../tools/servers/index.mjs';
import { NUMBERED } from '../apps/src/events.js';
import { requires } from '../support/requirements.js';

const TIMEOUT_S = 1.5;
const LONG = { timeout: 120_000 };

await requires('redis', 'Redis', () => {
  doesNotBlock(async () => {
    const server = await redis();
    return { server, options: { producer: 'redis', consumer: 'redis', redisConnectionUrl: server.url } };
  });
});

await requires('kafka-3.9', 'Kafka', () =>
  requires('registry', 'with a registry', (startRegistry) => {
    doesNotBlock(async () => {
      const [server, url] = await Promise.all([kafka(), startRegistry()]);
      const at = { kafkaBootstrapServers: server.brokers, kafkaSchemaRegistryUrl: url };
      return { server, options: { producer: 'kafka', consumer: 'kafka', ...at } };
    });
  }),
);

function doesNotBlock(begin: () => Promise<{ readonly server: Server; readonly options: EventBusOptions }>): void {
  let server: Server | undefined;
  afterEach(() => server?.clear());

  it('a broker that hangs holds up no publish beyond its timeout, and the process not at all', LONG, async () => {
    const begun = await begin();
    server = begun.server;
    const options = { events: [NUMBERED], eventModules: [], publishTimeout: TIMEOUT_S, ...begun.options };
    const app = await NestFactory.createApplicationContext(
      { module: EmptyModule, imports: [EventBusModule.forRoot(options)] },
      { logger: false, abortOnError: false },
    );
    const topic = `hung-${randomBytes(4).toString('hex')}`;
    const publish = (seq: number) =>
      app.get(EventBus).publish(NUMBERED, { number: { key: 'k', seq, note: null } }, { topic });
    await publish(0);

    await server.pause();
    const from = performance.now();
    let longestMs = 0;
    let last = from;
    const beat = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
    }, 10);
    const results = await Promise.allSettled([1, 2, 3, 4, 5].map(publish));
    const tookMs = performance.now() - from;
    clearInterval(beat);
    for (const result of results) {
      expect(result.status).toBe('rejected');
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(PublishError);
    }
    expect(tookMs).toBeLessThan(TIMEOUT_S * 1_000 + 1_000);
    expect(longestMs).toBeLessThan(TIMEOUT_S * 500);

    await server.resume();
    await expect(publishAgain(() => publish(6))).resolves.toMatchObject({ positions: [{ topic }] });
    await app.close();
  });
}

/** Publishes, and tries again if it fails, because the client may still be finding out that the broker is back. */
async function publishAgain<Result>(publish: () => Promise<Result>): Promise<Result> {
  const until = Date.now() + 20_000;
  for (;;) {
    try {
      return await publish();
    } catch (error) {
      if (Date.now() > until) throw error;
    }
  }
}

@Module({})
class EmptyModule {}
