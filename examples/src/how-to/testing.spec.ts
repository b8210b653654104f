import { type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AdminError, connectConsumer, EventBus, EventBusModule } from 'nest-event-bus';
import { deadLetterTopic, type ReceivedRecord } from 'nest-event-bus/core';
import { embedded } from 'nest-event-bus/embedded';
import { temporaryBus, until } from 'nest-event-bus/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OrderPlaced } from '../shop/order-placed/order-placed.event.js';
import { OrderPlacedHandler } from '../shop/order-placed/order-placed.handler.js';
import { Shipments } from '../shop/order-placed/shipments.js';

@Module({ imports: [EventBusModule.forRoot()], controllers: [OrderPlacedHandler], providers: [Shipments] })
class TestModule {}

const bus = temporaryBus({ EVENT_BUS_RETRY_ATTEMPTS: '2' });
let app: INestApplication;

beforeAll(async () => {
  app = await NestFactory.create(TestModule, { logger: false });
  connectConsumer(app, { topic: 'orders', group: 'warehouse' });
  await app.startAllMicroservices();
});

afterAll(async () => {
  await app.close();
  bus.remove();
});

// #region alone
it('packs an order', () => {
  const shipments = new Shipments();
  new OrderPlacedHandler(shipments).handle({ order_id: 'o1', quantity: 2 });
  expect([...shipments.packed]).toEqual(['o1']);
});
// #endregion

// #region dead-letters
it('moves an order that is too large to the dead letters', async () => {
  await app.get(EventBus).publish(OrderPlaced, { order_id: 'o2', quantity: 500 }, { topic: 'orders' });
  await until(async () => (await deadLetters()).length === 1, { withinMs: 5_000, what: 'a dead letter' });
});

async function deadLetters(): Promise<readonly ReceivedRecord[]> {
  const backend = embedded({ path: bus.path });
  const letters: ReceivedRecord[] = [];
  try {
    for await (const letter of backend.read(deadLetterTopic('orders', 'warehouse'))) letters.push(letter);
  } catch (error) {
    // Before the first dead letter there is no topic.
    if (!(error instanceof AdminError)) throw error;
  } finally {
    await backend.close();
  }
  return letters;
}
// #endregion
