// A typical Nest application with one @OnEvent handler. In plain JavaScript, so the decorators are called as functions.
import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import { connectConsumer, EventBus, EventBusModule, OnEvent } from 'nest-event-bus';
import { NUMBERED } from './embedded-events.mjs';

export const TOPIC = 'bench';
export const GROUP = 'bench-group';

/**
 * Creates an application on the file `path`; `options` are settings. `consume(handle)` starts its consumer, and the
 * handler calls `handle(data, context)`.
 */
export async function nestApp(path, options = {}) {
  let handle = () => undefined;
  class BenchController {
    async onNumber(data, context) {
      await handle(data, context);
    }
  }
  const { prototype } = BenchController;
  Payload()(prototype, 'onNumber', 0);
  Ctx()(prototype, 'onNumber', 1);
  OnEvent(NUMBERED)(prototype, 'onNumber', Object.getOwnPropertyDescriptor(prototype, 'onNumber'));
  Controller()(BenchController);
  const bus = EventBusModule.forRoot({
    events: [NUMBERED],
    eventModules: [],
    embeddedPath: path,
    embeddedAuditLoggingEnabled: false,
    consumerStart: 'earliest',
    serviceName: 'bench',
    ...options,
  });
  const BenchModule = function BenchModule() {};
  Module({ imports: [bus], controllers: [BenchController] })(BenchModule);
  const app = await NestFactory.create(BenchModule, { logger: ['error', 'warn'], abortOnError: false });
  return {
    publish: (data) => app.get(EventBus).publish(NUMBERED, data, { topic: TOPIC }),
    async consume(handler) {
      handle = handler;
      connectConsumer(app, { topic: TOPIC, group: GROUP });
      await app.startAllMicroservices();
    },
    close: () => app.close(),
  };
}
