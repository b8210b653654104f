import { Controller, Get, type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HealthCheck, type HealthCheckResult, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { EventBus, EventBusModule } from 'nest-event-bus';
import { EventBusHealthIndicator } from 'nest-event-bus/terminus';
import { until } from 'nest-event-bus/testing';
import { afterEach, expect, it } from 'vitest';
import { redis } from '../../tools/servers/index.mjs';
import { NUMBERED } from '../apps/src/events.js';
import { requires } from '../support/requirements.js';

/** A web service that publishes to `url`, with one page for terminus. */
async function startService(url: string): Promise<INestApplication> {
  @Controller('health')
  class HealthController {
    constructor(
      private readonly health: HealthCheckService,
      private readonly bus: EventBusHealthIndicator,
    ) {}

    @Get()
    @HealthCheck()
    check(): Promise<HealthCheckResult> {
      return this.health.check([() => this.bus.isReady('events'), () => this.bus.isLive('loop')]);
    }
  }
  const forRoot = EventBusModule.forRoot({
    producer: 'redis',
    consumer: 'redis',
    redisConnectionUrl: url,
    events: [NUMBERED],
    eventModules: [],
    publishTimeout: 0.5,
  });
  @Module({
    imports: [TerminusModule.forRoot({ logger: false }), forRoot],
    controllers: [HealthController],
    providers: [EventBusHealthIndicator],
  })
  class ServiceModule {}
  const app = await NestFactory.create(ServiceModule, { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  return app;
}

await requires('redis', 'The indicator for terminus in a service that publishes', () => {
  const clearing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const clear of clearing.splice(0).reverse()) await clear();
  });

  it('is down while the broker is away, up when it is back, and stays up when a publish has failed', async () => {
    const server = await redis();
    clearing.push(() => server.clear());
    const app = await startService(server.url);
    clearing.push(() => app.close());
    const publish = () =>
      app.get(EventBus).publish(NUMBERED, { number: { key: 'k', seq: 1, note: null } }, { topic: 'terminus' });
    const ask = async () => {
      const response = await fetch(`${await app.getUrl()}/health`);
      return (await response.json()) as HealthCheckResult;
    };
    await publish();
    await expect(ask()).resolves.toMatchObject({
      status: 'ok',
      details: {
        events: {
          status: 'up',
          checks: { redis: { ok: true }, publisher: { ok: true, detail: 'the last publish succeeded' } },
        },
        loop: { status: 'up', checks: { application: { ok: true } } },
      },
    });

    await server.kill();
    await expect(publish()).rejects.toThrow();
    await until(async () => (await ask()).error?.['events'] !== undefined, { withinMs: 10_000, what: 'down' });
    await expect(ask()).resolves.toMatchObject({
      status: 'error',
      error: { events: { status: 'down', checks: { redis: { ok: false } } } },
      info: { loop: { status: 'up' } },
    });

    await server.restart();
    await until(async () => (await ask()).error?.['events'] === undefined, { withinMs: 10_000, what: 'up again' });
    await expect(ask()).resolves.toMatchObject({
      details: {
        events: { checks: { publisher: { detail: expect.stringMatching(/^the last publish failed/) as string } } },
      },
    });
    await publish();
  });
});
