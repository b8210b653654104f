import 'reflect-metadata';
import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import { EventBus, EventBusModule, EventBusStrategy, OnEvent } from 'nest-event-bus';
import { meter, NUMBERED, numbered } from '../events.mjs';

const LOGGER = ['error', 'warn', 'fatal'];

/** A Nest application whose `@OnEvent` method is `handle`; as `runConsumer` makes it. */
async function consumer({ settings, topic, group, event = NUMBERED }, handle) {
  class Numbers {
    async onNumbered(data) {
      await handle(data);
    }
    countNumbered(data) {
      handle(data);
    }
  }
  const method = handle.isSlow ? 'onNumbered' : 'countNumbered';
  OnEvent(event)(Numbers.prototype, method, Object.getOwnPropertyDescriptor(Numbers.prototype, method));
  Payload()(Numbers.prototype, method, 0);
  Controller()(Numbers);
  class Consumer {}
  Module({ imports: [EventBusModule.forRoot({ events: [event], ...settings })], controllers: [Numbers] })(Consumer);
  // The token is not exported: the strategy is made from the runtime that the bus holds.
  let strategy;
  const app = await NestFactory.createMicroservice(Consumer, {
    logger: LOGGER,
    abortOnError: false,
    inject: [EventBus],
    useFactory: (bus) => ({ strategy: (strategy = new EventBusStrategy(bus.runtime, { topic, group })) }),
  });
  await app.listen();
  return {
    async close() {
      await strategy.close();
      await strategy.ended;
      await app.close();
    },
    ended: strategy.ended,
  };
}

export async function consume({ total, skip = 0, ...options }) {
  const { arrived, all, check } = meter(total, skip);
  const app = await consumer(options, arrived);
  const perSecond = await Promise.race([all, app.ended.then(() => Promise.reject(new Error('The consumer ended.')))]);
  await pause(200);
  await app.close();
  return { perSecond, ...check() };
}

async function publisher(settings) {
  class Publisher {}
  Module({ imports: [EventBusModule.forRoot({ events: [NUMBERED], ...settings })] })(Publisher);
  const app = await NestFactory.createApplicationContext(Publisher, { logger: LOGGER, abortOnError: false });
  return { app, bus: app.get(EventBus) };
}

/** So many callers, each of which publishes again as soon as it has its answer. */
export async function publish({ settings, topic, total, skip, callers }) {
  const { app, bus } = await publisher(settings);
  let next = 0;
  let startedAt;
  const caller = async () => {
    while (next < total) {
      if (next === skip) startedAt = performance.now();
      await bus.publish(NUMBERED, numbered(next++), { topic });
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const perSecond = ((total - skip) * 1000) / (performance.now() - startedAt);
  await app.close();
  return { perSecond };
}

/** Batch after batch of so many calls made together. */
export async function publishBatches({ settings, topic, total, skip, size }) {
  const { app, bus } = await publisher(settings);
  let startedAt;
  for (let next = 0; next < total; next += size) {
    if (next === skip) startedAt = performance.now();
    await Promise.all(Array.from({ length: size }, (_, n) => bus.publish(NUMBERED, numbered(next + n), { topic })));
  }
  const perSecond = ((total - skip) * 1000) / (performance.now() - startedAt);
  await app.close();
  return { perSecond };
}
