import { HttpException } from '@nestjs/common';
import type { ExceptionsHandler, ListenersController, PipesConsumer } from '../nest-internals.js';
import { RpcException } from '@nestjs/microservices';
import { from, isObservable, mergeMap, type Observable, throwError } from 'rxjs';
import { asError } from '../../core/backoff.js';
import { UnrecoverableError, UnusableRecordError } from '../../core/errors.js';
import { EventBusContext } from './context.js';

/**
 * Keeps the handlers' errors, whatever filters make of them, and knows which errors are refusals of a pipe.
 *
 * Filters get every failure and may rethrow, wrap or replace it. The bus uses the handler's own error, unless a filter
 * answers with an `UnrecoverableError`. A failure is handled only if a filter returns an Observable that completes.
 */
export class HandlerErrors {
  readonly #own = new WeakMap<EventBusContext, { readonly error: unknown }>();
  readonly #refusals = new WeakSet<object>();
  readonly #onOtherError: (error: Error) => void;
  #isTold = false;

  /** `onOtherError` is called once, if a filter has thrown another error than it was given. */
  constructor(onOtherError: (error: Error) => void) {
    this.#onOtherError = onOtherError;
  }

  /** Starts to keep the errors of handlers that this controller registers. */
  watch({ exceptionFiltersContext: filters, contextCreator }: ListenersController): void {
    const create = filters.create.bind(filters);
    filters.create = (...given) => this.#watchFilters(create(...given));
    this.#watchPipes(contextCreator.pipesConsumer);
  }

  /** Returns the error that counts for a call with this context that failed with `thrown`. */
  of(context: EventBusContext, thrown: unknown): unknown {
    if (thrown instanceof UnrecoverableError || thrown instanceof UnusableRecordError) return thrown;
    const own = this.#own.get(context);
    if (own === undefined) return thrown;
    return this.#isRefusal(own.error) ? refused(own.error) : own.error;
  }

  #watchFilters(handler: ExceptionsHandler): ExceptionsHandler {
    const handle = handler.handle.bind(handler);
    handler.handle = (error, host, ...rest) => {
      const context = host.getArgByIndex<unknown>(1);
      if (context instanceof EventBusContext) this.#own.set(context, { error });
      try {
        return decided(handle(error, host, ...rest), error);
      } catch (thrown) {
        if (thrown !== error && !this.#isTold) this.#onOtherError(asError(thrown));
        this.#isTold ||= thrown !== error;
        throw thrown;
      }
    };
    return handler;
  }

  #watchPipes(consumer: PipesConsumer): void {
    const apply = consumer.apply.bind(consumer);
    consumer.apply = (...given) => {
      const applied = apply(...given);
      applied.then(undefined, (error: unknown) => {
        if (typeof error === 'object' && error !== null) this.#refusals.add(error);
      });
      return applied;
    };
  }

  /**
   * A pipe may also fail because a service that it uses is away. Only the errors that Nest's own pipes throw mean that
   * the data is wrong.
   */
  #isRefusal(error: unknown): error is HttpException | RpcException {
    if (typeof error !== 'object' || error === null || !this.#refusals.has(error)) return false;
    return error instanceof RpcException || (error instanceof HttpException && isOfClient(error.getStatus()));
  }
}

/** Whether the HTTP status means that the request is wrong. */
function isOfClient(status: number): boolean {
  return status >= 400 && status < 500;
}

/** A filter that returns nothing, as HTTP filters do, has only reported the failure. The failure stands. */
function decided(result: unknown, error: unknown): Observable<unknown> {
  if (isObservable(result)) return result;
  if (result instanceof Promise)
    return from(result).pipe(
      mergeMap((settled: unknown) => (isObservable(settled) ? settled : throwError(() => error))),
    );
  return throwError(() => error);
}

function refused(error: HttpException | RpcException): UnrecoverableError {
  return new UnrecoverableError(`A pipe refused the data: ${reasonsOf(error)}`, { cause: error });
}

/** `ValidationPipe` puts its reasons as a list into the response. */
function reasonsOf(error: HttpException | RpcException): string {
  const response: unknown = error instanceof HttpException ? error.getResponse() : error.getError();
  const message: unknown =
    typeof response === 'object' && response !== null && 'message' in response ? response.message : response;
  const reasons = (Array.isArray(message) ? message : [message]).filter((reason) => typeof reason === 'string');
  return reasons.length > 0 ? reasons.join('; ') : error.message;
}
