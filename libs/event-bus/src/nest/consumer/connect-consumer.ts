import type { INestApplication, INestMicroservice } from '@nestjs/common';
import type { ConsumeOptions } from './consume-options.js';
import { addOwnEnhancers, inheritEnhancers } from '../handlers/enhancers.js';
import { Lifecycle } from '../module/lifecycle.module.js';
import type { NestApplicationInternals, NestMicroserviceInternals } from '../nest-internals.js';
import type { EventBusRuntime } from '../runtime/runtime.js';
import { EventBusStrategy } from './strategy.js';
import { EVENT_BUS_RUNTIME } from '../tokens.js';

/** The options of a consumer in a hybrid application. */
export interface ConnectOptions extends ConsumeOptions {
  /**
   * Whether the application's global pipes, guards and interceptors (`APP_PIPE`, `app.useGlobalPipes()` …) also apply
   * to events. Their contexts have the type `rpc`. By default only global filters apply; with `false` not even these.
   */
  readonly inheritAppConfig?: boolean;
  /** Called at once with the microservice, for enhancers of this consumer alone: `microservice.useGlobalGuards(…)`. */
  readonly configure?: (microservice: INestMicroservice) => void;
}

/**
 * Adds a consumer to an application that also serves something else. Call it once per topic.
 *
 * - `app.startAllMicroservices()` initializes the application, starts the consumers, and resolves when their groups
 *   have their positions. Events published afterwards are handled.
 * - `app.close()` stops the consumers before any provider is destroyed.
 * - `ended` settles when a policy has stopped the consumer. The caller decides what to do with the rest of the
 *   application.
 */
export function connectConsumer(
  app: INestApplication,
  { inheritAppConfig, configure, ...options }: ConnectOptions,
): EventBusStrategy {
  const lifecycle = app.get(Lifecycle);
  const strategy = new EventBusStrategy(app.get<EventBusRuntime>(EVENT_BUS_RUNTIME), options, () =>
    lifecycle.initialized(app),
  );
  const microservice = app.connectMicroservice({ strategy }, { deferInitialization: true });
  const internals = microservice as unknown as NestMicroserviceInternals;
  // Otherwise Nest would call all start-up hooks again for each consumer.
  internals.setIsInitHookCalled(true);
  const inherited = inheritAppConfig === undefined ? 'filters' : inheritAppConfig ? 'all' : 'nothing';
  inheritEnhancers(internals.applicationConfig, (app as unknown as NestApplicationInternals).config, inherited);
  addOwnEnhancers(internals.applicationConfig);
  strategy.watch(internals.microservicesModule.listenersController);
  configure?.(microservice);
  return strategy;
}
