import type { ReceivedRecord } from '../backend.js';
import type { Event } from '../event/event.js';

/** A received record while it is processed. */
export interface Delivery {
  readonly record: ReceivedRecord;
  readonly group: string;
  /** The event type; `undefined` until it is read, and if it cannot be read. */
  readonly type: string | undefined;
  /** The event's id; `undefined` if the record has no readable id. */
  readonly id: string | undefined;
  /** The decoded event; `undefined` until it is decoded, and if it cannot be decoded. */
  readonly event: Event | undefined;
  /** The decoded key, or `null`. */
  readonly key: unknown;
  /**
   * Resolves after `ms`. Rejects if the record is lost, or if the consumer stops and the wait would exceed the stop
   * budget.
   */
  wait(ms: number): Promise<void>;
}

/** How a delivery ended. Each outcome settles the record. */
export type Outcome = 'handled' | 'failed' | 'tombstone' | 'unhandled';

/** Wraps a delivery. Resolves with the outcome of `next` or its own; rejects to leave the record unsettled. */
export type Middleware = (delivery: Delivery, next: () => Promise<Outcome>) => Promise<Outcome>;

/** The second argument of a handler: everything besides the event. */
export interface Attempt {
  readonly delivery: Delivery;
  /** 1 for the first try of this handler in this process. */
  readonly attempt: number;
}

/** What happens to a record whose handler failed for good. */
export type FinalAction = 'dead-letter' | 'skip' | 'halt';

/** What happens to a record of a type without handlers in this process. */
export type UnhandledAction = 'settle' | 'dead-letter' | 'halt';

/** The reaction to failures of one handler. */
export interface FailurePolicy {
  /** The number of calls, including the first; at least 1. */
  readonly attempts: number;
  /** Whether a retry may help after this error; by default always. */
  readonly retryIf?: ((error: Error) => boolean) | undefined;
  /** The first delay, in ms. It doubles up to `maxDelayMs`; half of each delay is random. */
  readonly delayMs: number;
  readonly maxDelayMs: number;
  readonly then: FinalAction;
}

/** One handler of one event type, as core sees it. */
export interface Handler {
  /** `Class.method`, for logs and dead letters. */
  readonly name: string;
  readonly policy: FailurePolicy;
  /** Resolves when the handler is done. Rejects with the handler's own error. */
  handle(event: Event, attempt: Attempt): Promise<void>;
}

/** A handler that failed for good on one delivery. */
export interface HandlerFailure {
  readonly handler: Handler;
  readonly error: Error;
  readonly attempts: number;
}

/**
 * At least one handler failed for good. Thrown inside a delivery; the dead-letter middleware decides what happens next.
 */
export class HandlersFailedError extends Error {
  override readonly name = 'HandlersFailedError';

  constructor(readonly failures: readonly HandlerFailure[]) {
    super(failures.map(({ handler, error }) => `${handler.name}: ${error.message}`).join('; '), {
      cause: failures[0]?.error,
    });
  }
}
