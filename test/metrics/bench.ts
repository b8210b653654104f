import type { INestApplication, Type } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  connectConsumer,
  type ConnectOptions,
  EventBus,
  EventBusModule,
  type EventBusOptions,
  type EventBusStrategy,
} from 'nest-event-bus';
import { Registry } from 'prom-client';
import { expect } from 'vitest';
import { NUMBERED, UNHANDLED } from '../apps/src/events.js';
import { type Exposition, readExposition } from '../support/exposition.js';
import { SKIPPED } from './handlers.js';

/** A service with a consumer and its metrics, in this process. */
export interface Service {
  readonly app: INestApplication;
  readonly bus: EventBus;
  readonly strategy: EventBusStrategy;
  /** Reads its metrics. Fails if a scraper would not accept them. */
  readonly metrics: () => Promise<Exposition>;
  close(): Promise<void>;
}

/** Starts a service whose metrics go to a registry of its own. */
export async function startService(
  options: EventBusOptions,
  consume: ConnectOptions,
  controllers: readonly Type[],
): Promise<Service> {
  const registry = new Registry();
  const forRoot = EventBusModule.forRoot({
    events: [NUMBERED, UNHANDLED, SKIPPED],
    eventModules: [],
    retryDelay: 0.001,
    embeddedAuditLoggingEnabled: false,
    metrics: { registry },
    ...options,
  });
  @Module({ imports: [forRoot], controllers: [...controllers] })
  class AppModule {}
  const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
  const strategy = connectConsumer(app, { from: 'earliest', ...consume });
  await app.startAllMicroservices();
  return {
    app,
    bus: app.get(EventBus),
    strategy,
    metrics: async () => {
      const read = readExposition(await registry.metrics());
      expect(read.problems).toEqual([]);
      return read;
    },
    close: () => app.close(),
  };
}
