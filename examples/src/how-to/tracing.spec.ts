import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { context, propagation, trace } from '@opentelemetry/api';
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace-base';
import { EventBus, EventBusModule } from 'nest-event-bus';
import { temporaryBus } from 'nest-event-bus/testing';
import { afterEach, expect, it } from 'vitest';
import { OrderPlaced } from '../shop/order-placed/order-placed.event.js';
import { startTracing } from './tracing.js';

afterEach(() => {
  trace.disable();
  context.disable();
  propagation.disable();
});

it('sends the spans of the bus to the exporter', async () => {
  const bus = temporaryBus();
  const exporter = new InMemorySpanExporter();
  const provider = startTracing(exporter, 1);
  @Module({ imports: [EventBusModule.forRoot({ tracing: true, events: [OrderPlaced], eventModules: [] })] })
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  try {
    await app.get(EventBus).publish(OrderPlaced, { order_id: 'o1', quantity: 2 }, { topic: 'orders' });
    await provider.forceFlush();
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['send orders']);
  } finally {
    await app.close();
    bus.remove();
  }
});
