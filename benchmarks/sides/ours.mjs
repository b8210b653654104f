import 'reflect-metadata';
import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import { EventBus, EventBusModule, OnEvent, runConsumer } from 'nest-event-bus';
import { meter, NUMBERED, numbered } from '../events.mjs';

const LOGGER = ['error', 'warn', 'fatal'];

/** The whole main of a consumer process, with one `@OnEvent` method; it ends by SIGTERM. */
function consumer({ settings, topic, group }, handle) {
  class Numbers {
    onNumbered(data) {
      return handle(data);
    }
  }
  const { prototype } = Numbers;
  OnEvent(NUMBERED)(prototype, 'onNumbered', Object.getOwnPropertyDescriptor(prototype, 'onNumbered'));
  Payload()(prototype, 'onNumbered', 0);
  Controller()(Numbers);
  class Consumer {}
  Module({ imports: [EventBusModule.forRoot({ events: [NUMBERED], ...settings })], controllers: [Numbers] })(Consumer);
  return runConsumer(Consumer, ['--topic', topic, '--group', group]);
}

export async function consume({ total, skip = 0, ...options }) {
  const { arrived, all, check } = meter(total, skip);
  const perSecond = await Promise.race([all, consumer(options, arrived)]);
  await pause(200);
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
