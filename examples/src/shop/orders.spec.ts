import { type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { connectConsumer, EventBus, EventBusModule } from 'nest-event-bus';
import { temporaryBus, until } from 'nest-event-bus/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OrderPlaced } from './orders/order-placed.event.js';
import { OrdersController } from './orders/orders.controller.js';
import { OrdersModule } from './orders/orders.module.js';
import { Shipments } from './warehouse/shipments.js';
import { WarehouseModule } from './warehouse/warehouse.module.js';

@Module({ imports: [EventBusModule.forRoot(), OrdersModule, WarehouseModule] })
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
