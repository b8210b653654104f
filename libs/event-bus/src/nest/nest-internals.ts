import type { ArgumentsHost } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';

/** What chooses among the filters of one handler. */
export interface ExceptionsHandler {
  handle(error: unknown, host: ArgumentsHost, ...rest: unknown[]): unknown;
}

/** What applies the pipes of one parameter. */
export interface PipesConsumer {
  apply(...given: readonly unknown[]): Promise<unknown>;
}

/** What registers the handlers of one microservice. */
export interface ListenersController {
  readonly exceptionFiltersContext: { create(...given: readonly unknown[]): ExceptionsHandler };
  readonly contextCreator: { readonly pipesConsumer: PipesConsumer };
}

/**
 * What Nest 12 has no public way to: global enhancers of a hybrid application's microservice, what a handler failed with before a filter
 * replaced it, and a microservice that leaves the application's start-up hooks to the application. Fields that TypeScript calls private.
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
