import type { ArgumentsHost } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';

/** Nest's choice among the filters of a handler. */
export interface ExceptionsHandler {
  handle(error: unknown, host: ArgumentsHost, ...rest: unknown[]): unknown;
}

/** Nest's application of the pipes of a parameter. */
export interface PipesConsumer {
  apply(...given: readonly unknown[]): Promise<unknown>;
}

/** Nest's registration of the handlers of a microservice. */
export interface ListenersController {
  readonly exceptionFiltersContext: { create(...given: readonly unknown[]): ExceptionsHandler };
  readonly contextCreator: { readonly pipesConsumer: PipesConsumer };
}

/**
 * Fields that TypeScript calls private. Nest 12 has no public way to three things: the global enhancers of a hybrid
 * application's microservice, a handler's error before a filter replaced it, and a microservice that leaves start-up
 * hooks to the application.
 */
export interface NestMicroserviceInternals {
  readonly applicationConfig: ApplicationConfig;
  readonly microservicesModule: { readonly listenersController: ListenersController };
  setIsInitHookCalled(isInitHookCalled: boolean): void;
}

/** @nestjs/swagger reads the same field. */
export interface NestApplicationInternals {
  readonly config: ApplicationConfig;
}
