import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type INestApplication, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventBus, EventBusMetrics, EventBusModule, type EventBusOptions, SettingsError } from 'nest-event-bus';
import { Counter, Registry, register } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NUMBERED } from '../apps/src/events.js';
import { MetricsController } from '../metrics/metrics.controller.js';
import { readExposition } from '../support/exposition.js';

@Module({})
class EmptyModule {}

describe('the metrics of a Nest application', () => {
  let folder: string;
  let apps: INestApplication[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'event-bus-metrics-'));
    apps = [];
  });
  afterEach(async () => {
    for (const app of apps) await app.close();
    rmSync(folder, { recursive: true, force: true });
    expect(register.getMetricsAsArray()).toEqual([]);
  });

  async function start(options: EventBusOptions, controllers: readonly Type[] = []): Promise<INestApplication> {
    const forRoot = EventBusModule.forRoot({
      embeddedPath: join(folder, 'bus.db'),
      events: [NUMBERED],
      eventModules: [],
      embeddedAuditLoggingEnabled: false,
      ...options,
    });
    const module = { module: EmptyModule, imports: [forRoot], controllers: [...controllers] };
    const app = await NestFactory.create(module, { logger: false, abortOnError: false });
    apps.push(app);
    return app;
  }

  const publish = (app: INestApplication, topic: string) =>
    app.get(EventBus).publish(NUMBERED, { number: { key: 'k', seq: 1, note: null } }, { topic });
  const publishedIn = async (registry: Registry, topic: string) =>
    readExposition(await registry.metrics()).sumOf('event_bus_published_total', { topic });

  it('are in the default registry of prom-client, which the application already exports', async () => {
    const app = await start({ metrics: true }, [MetricsController]);
    await app.listen(0, '127.0.0.1');
    await publish(app, 'orders');
    expect(await publishedIn(register, 'orders')).toBe(1);
    const answer = await fetch(`${await app.getUrl()}/metrics`);
    expect(readExposition(await answer.text())).toMatchObject({ problems: [] });
    expect(answer.headers.get('content-type')).toContain('version=0.0.4');
  });

  it('go to the registry that is given, beside the metrics of the application, and leave with the bus', async () => {
    const registry = new Registry();
    new Counter({ name: 'orders_total', help: 'Orders.', registers: [registry] }).inc(3);
    const app = await start({ metrics: { registry } });
    await publish(app, 'orders');
    const read = readExposition(await registry.metrics());
    expect(read.problems).toEqual([]);
    expect([read.valueOf('orders_total'), read.sumOf('event_bus_published_total')]).toEqual([3, 1]);
    expect((await registry.getMetricsAsJSON()).map(({ name }) => name)).toContain('event_bus_published_total');
    registry.resetMetrics();
    await app.close();
    expect(Object.keys(await registry.getMetricsAsJSON())).toHaveLength(1);
  });

  it('of two buses in one registry are added up; in two registries they do not touch each other', async () => {
    const [shared, own] = [new Registry(), new Registry()];
    const [one, two, three] = [
      await start({ metrics: { registry: shared } }),
      await start({ metrics: { registry: shared } }),
      await start({ metrics: { registry: own } }),
    ];
    for (const app of [one, two, two, three]) await publish(app, 'orders');
    await publish(two, 'users');
    expect([await publishedIn(shared, 'orders'), await publishedIn(shared, 'users')]).toEqual([3, 1]);
    const read = readExposition(await shared.metrics());
    expect(read.problems).toEqual([]);
    expect(read.valueOf('event_bus_publish_duration_seconds_count', { topic: 'orders' })).toBe(3);
    expect(await publishedIn(own, 'orders')).toBe(1);
    await two.close();
    expect(await publishedIn(shared, 'orders')).toBe(1);
  });

  it('are read as OpenMetrics too', async () => {
    const registry = new Registry();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
    const app = await start({ metrics: { registry } });
    await publish(app, 'orders');
    const text = await registry.metrics();
    expect(text).toContain('# TYPE event_bus_published counter');
    expect(text).toMatch(/^event_bus_published_total\{[^}]+\} 1$/m);
    expect(text.trimEnd()).toMatch(/# EOF$/);
  });

  it('have no text while they are off', async () => {
    const app = await start({});
    const text = app.get(EventBusMetrics).text();
    await expect(text).rejects.toThrow(SettingsError);
    await expect(text).rejects.toThrow(/set EVENT_BUS_METRICS=prometheus.*npm install prom-client/);
  });

  it.each([
    ['statsd', /EVENT_BUS_METRICS: got "statsd"; allowed: off, prometheus or opentelemetry/],
    [{ registri: 1 }, /EVENT_BUS_METRICS: got \{ registri: 1 \}; allowed: off, prometheus or opentelemetry/],
  ])('%j are refused', async (metrics, message) => {
    await expect(start({ metrics: metrics as never })).rejects.toThrow(message);
  });
});
