import { Controller, type INestApplication, Logger, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import { connectConsumer, EventBus, EventBusModule, eventOf, OnEvent } from 'nest-event-bus';
import { checkCompatibility } from 'nest-event-bus/avro';
import { deadLetterTopic } from 'nest-event-bus/core';
import { embedded } from 'nest-event-bus/embedded';
import { type TemporaryBus, temporaryBus, until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ORDER_SHIPPED } from './avro-event.js';
import { AppModule } from './config-module.js';
import { Accounts } from './enhancers.js';
import { OrderPlaced } from './field-types.js';
import { startShop } from './hybrid.js';
import { OrderPaid } from './order-events.js';
import { Audit, Billing } from './request-scope.js';
import { Checkout } from './safe-publish.js';
import * as versions from './schema-versions.js';
import { Ledger, Payments } from './several-events.js';

@Controller()
class Seen {
  readonly seen: object[] = [];

  @OnEvent([OrderPlaced, ORDER_SHIPPED])
  see(@Payload() data: object): void {
    this.seen.push({ ...data });
  }
}

describe('The code of the how-to guides', () => {
  let bus: TemporaryBus;
  const apps: INestApplication[] = [];
  beforeEach(() => {
    bus = temporaryBus({ EVENTS_SERVICE_NAME: 'shop' });
    Logger.overrideLogger(false);
  });
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
    bus.remove();
    vi.unstubAllEnvs();
  });

  async function consumer(parts: ModuleMetadata): Promise<INestApplication> {
    @Module({ ...parts, imports: [EventBusModule.forRoot(), ...(parts.imports ?? [])] })
    class TestModule {}
    const app = await NestFactory.create(TestModule, { logger: false });
    apps.push(app);
    connectConsumer(app, { topic: 'orders', group: 'test' });
    await app.startAllMicroservices();
    return app;
  }

  async function deadLetters(): Promise<readonly { readonly attempts: string; readonly error: string }[]> {
    const backend = embedded({ path: bus.path });
    const letters: { readonly attempts: string; readonly error: string }[] = [];
    for await (const { headers } of backend.read(deadLetterTopic('orders', 'test'))) {
      const text = (name: string) => Buffer.from(new Map(headers).get(name) ?? []).toString();
      letters.push({ attempts: text('dead_letter_attempts'), error: text('dead_letter_error') });
    }
    await backend.close();
    return letters;
  }

  const holds = (list: () => readonly unknown[], length: number) =>
    until(() => list().length === length, { withinMs: 5_000, what: () => `${length} entries: ${list().join(', ')}` });

  it('field-types.ts: each kind of field comes back as it was published', async () => {
    const order = {
      ...{ order_id: 'o1', lines: [{ sku: 'a', count: 2 }], labels: { gift: 'yes' } },
      ...{ channel: 'PHONE', note: null, discount: 5 },
    };
    const app = await consumer({ controllers: [Seen] });
    await app.get(EventBus).publish(OrderPlaced, order, { topic: 'orders' });
    await app.get(EventBus).publish(ORDER_SHIPPED, { order_id: 'o1' }, { topic: 'orders' });
    const wrong = app
      .get(EventBus)
      .publish(OrderPlaced, { ...order, lines: [{ sku: 'a', count: 0 }] }, { topic: 'orders' });
    await expect(wrong).rejects.toThrow('lines.0.count: isPositive');
    const { seen } = app.get(Seen);
    await holds(() => seen, 2);
    expect(seen).toEqual([order, { order_id: 'o1' }]);
  });

  it.each([
    ['on', ['orders', 'orders-audit']],
    ['off', ['orders']],
  ])('routes.ts: an event goes to every enabled route, with AUDIT=%s', async (audit, topics) => {
    vi.stubEnv('AUDIT', audit);
    vi.resetModules();
    // The package is the same; the module with the routes is evaluated again.
    const routes = await import('./routes.js');
    const app = await NestFactory.createApplicationContext(routes.BillingModule, { logger: false });
    const { OrderPaid: Paid } = await import('./order-events.js');
    const { positions } = await app.get(EventBus).publish(Paid, { order_id: 'o1' });
    expect(positions.map(({ topic }) => topic)).toEqual(topics);
    await app.close();
  });

  it('several-events.ts: the events of an order come in their order, each to its handlers', async () => {
    const app = await consumer({ controllers: [Ledger], providers: [Payments] });
    await app.get(Payments).payAndCancel('o1');
    const { entries } = app.get(Ledger);
    await holds(() => entries, 4);
    expect(entries.toSorted()).toEqual([
      'o1 canceled: out of stock',
      'o1 com.example.order.canceled.v1',
      'o1 com.example.order.paid.v1',
      'o1 paid',
    ]);
    expect(entries.indexOf('o1 paid')).toBeLessThan(entries.indexOf('o1 canceled: out of stock'));
  });

  it('schema-versions.ts: fields with a default are compatible, another type is not', () => {
    const problems = (next: Parameters<typeof eventOf>[0]) =>
      checkCompatibility({
        versions: [{ version: 1, schema: eventOf(versions.OrderPaidBefore).schema }],
        schema: eventOf(next).schema,
      });
    expect(problems(versions.OrderPaid)).toEqual([]);
    expect(problems(versions.OrderPaidBroken)).not.toEqual([]);
  });

  it('config-module.ts: options come from the ConfigService', async () => {
    vi.stubEnv('BUS_FILE', bus.path);
    vi.stubEnv('EVENT_BUS_EMBEDDED_PATH', '/nowhere/bus.db');
    const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
    await expect(app.get(EventBus).publish(OrderPaid, { order_id: 'o1' }, { topic: 'orders' })).resolves.toBeDefined();
    await app.close();
  });

  it('request-scope.ts: a provider of the request scope gets the event', async () => {
    const app = await consumer({ controllers: [Billing], providers: [Audit] });
    const { metadata } = await app.get(EventBus).publish(OrderPaid, { order_id: 'o1' }, { topic: 'orders' });
    await holds(() => Audit.entries, 1);
    expect(Audit.entries).toEqual([`${metadata.id} o1 was paid`]);
  });

  it('enhancers.ts: guards and pipes decide which events reach the handler', async () => {
    const app = await consumer({ controllers: [Accounts] });
    const publish = (order_id: string, source: string) =>
      app.get(EventBus).publish(OrderPaid, { order_id }, { topic: 'orders', metadata: { source } });
    await publish('o1', 'elsewhere/web');
    await publish('x2', 'shop/web');
    await publish('o3', 'shop/web');
    const { paid } = app.get(Accounts);
    await holds(() => paid, 1);
    expect(paid).toEqual(['o3']);
    // A guard may let the event through next time; a pipe that refuses the data decides at once.
    expect((await deadLetters()).map(({ attempts, error }) => `${attempts} ${error}`)).toEqual([
      '5 Accounts.pay: Forbidden resource',
      '1 Accounts.pay: A pipe refused the data: x2 is no order',
    ]);
  });

  it('hybrid.ts: the application serves HTTP and consumes', async () => {
    @Module({ imports: [EventBusModule.forRoot()], controllers: [Ledger], providers: [Payments] })
    class Shop {}
    const app = await startShop(Shop, 0);
    apps.push(app);
    await app.get(Payments).payAndCancel('o1');
    await holds(() => app.get(Ledger).entries, 4);
    expect((await fetch(await app.getUrl())).status).toBe(404);
  });

  it('safe-publish.ts: an event that cannot be stored is an error of the request', async () => {
    const app = await consumer({ controllers: [Seen], providers: [Checkout] });
    await expect(app.get(Checkout).pay('o1')).resolves.toMatch(/^[\da-f-]{36}$/);
    await expect(app.get(Checkout).pay('o'.repeat(2_000_000))).rejects.toThrow('Please try again.');
  });
});
