import { afterAll, beforeAll, expect, it } from 'vitest';
// #region test
import { type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { connectConsumer, EventBus, EventBusModule } from 'nest-event-bus';
import { temporaryBus, until } from 'nest-event-bus/testing';
import { OrdersController } from '../orders/orders.controller.js';
import { OrderPlaced } from './order-placed.event.js';
import { OrderPlacedHandler } from './order-placed.handler.js';
import { Shipments } from './shipments.js';

@Module({
  imports: [EventBusModule.forRoot()],
  controllers: [OrdersController, OrderPlacedHandler],
  providers: [Shipments],
})
class ShopModule {}

const bus = temporaryBus();
let app: INestApplication;

beforeAll(async () => {
  app = await NestFactory.create(ShopModule, { logger: ['error'] });
  connectConsumer(app, { topic: 'orders', group: 'warehouse' });
  await app.startAllMicroservices();
});

afterAll(async () => {
  await app.close();
  bus.remove();
});

it('packs an order', async () => {
  await app.get(OrdersController).place({ order_id: 'o1', quantity: 2 });
  await until(() => app.get(Shipments).packed.has('o1'), { withinMs: 5_000, what: 'the order to be packed' });
});

it('refuses an order of nothing', async () => {
  const publishing = app.get(EventBus).publish(OrderPlaced, { order_id: 'o2', quantity: 0 }, { topic: 'orders' });
  await expect(publishing).rejects.toThrow('quantity: isPositive');
});
// #endregion
