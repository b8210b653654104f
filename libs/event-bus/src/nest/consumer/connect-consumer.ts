import type { INestApplication, INestMicroservice } from '@nestjs/common';
import type { ConsumeOptions } from './consume-options.js';
import { addOwnEnhancers, inheritEnhancers } from '../handlers/enhancers.js';
import { Lifecycle } from '../module/lifecycle.module.js';
import type { NestApplicationInternals, NestMicroserviceInternals } from '../nest-internals.js';
import type { EventBusRuntime } from '../runtime/runtime.js';
import { EventBusStrategy } from './strategy.js';
import { EVENT_BUS_RUNTIME } from '../tokens.js';

/** What a consumer of a hybrid application consumes, and how. */
export interface ConnectOptions extends ConsumeOptions {
  /**
   * Whether the application's global pipes, guards and interceptors (`APP_PIPE`, `app.useGlobalPipes()` …) apply to events too; they then have
   * to do with contexts of the type `rpc`. By default only its global filters do; with `false` not even they.
   */
  readonly inheritAppConfig?: boolean;
  /** Is called at once with the microservice, for enhancers of this consumer alone: `microservice.useGlobalGuards(…)`. */
  readonly configure?: (microservice: INestMicroservice) => void;
}

/**
 * Adds a consumer to an application that serves something else too. May be called once per topic.
 *
 * `app.startAllMicroservices()` initializes the application, starts the consumers, and resolves when their groups have their positions:
 * what is published from then on is handled. `app.close()` stops the consumers before any provider is destroyed.
 * Its `ended` tells when a policy has stopped it; what to do with the rest of the application is the caller's to decide.
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
  // Else Nest would call all start-up hooks of the application once more for each consumer.
  internals.setIsInitHookCalled(true);
  const inherited = inheritAppConfig === undefined ? 'filters' : inheritAppConfig ? 'all' : 'nothing';
  inheritEnhancers(internals.applicationConfig, (app as unknown as NestApplicationInternals).config, inherited);
  addOwnEnhancers(internals.applicationConfig);
  strategy.watch(internals.microservicesModule.listenersController);
  configure?.(microservice);
  return strategy;
}
