import type { INestApplication } from '@nestjs/common';
import { EventDataPipe } from './event-data.pipe.js';
import { KeepErrorFilter } from './keep-error.filter.js';
import type { EventBusRuntime } from './runtime.js';
import { type ConsumeOptions, EventBusStrategy } from './strategy.js';
import { EVENT_BUS_RUNTIME } from './tokens.js';

/**
 * Adds a consumer to an application that serves something else too; `app.startAllMicroservices()` starts it. May be called once per topic.
 *
 * Its `ended` tells when a policy has stopped it; what to do with the rest of the application is the caller's to decide.
 */
export function connectConsumer(app: INestApplication, options: ConsumeOptions): EventBusStrategy {
  const strategy = new EventBusStrategy(app.get<EventBusRuntime>(EVENT_BUS_RUNTIME), options);
  const microservice = app.connectMicroservice({ strategy }, { deferInitialization: true });
  microservice.useGlobalFilters(new KeepErrorFilter());
  microservice.useGlobalPipes(new EventDataPipe());
  return strategy;
}
