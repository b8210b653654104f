import type { ReceivedRecord } from './backend.js';
import type { Event } from './event.js';

/** A record on its way to its handlers. */
export interface Delivery {
  readonly record: ReceivedRecord;
  readonly group: string;
  /** What the record says it is; `undefined` until read, and when it cannot be. */
  readonly type: string | undefined;
  /** The event's id; `undefined` when the record has none that can be read. */
  readonly id: string | undefined;
  /** The decoded event; `undefined` until decoded, and when it cannot be. */
  readonly event: Event | undefined;
  /** The decoded key, or `null`. */
  readonly key: unknown;
  /** Resolves after `ms`. Rejects when the record is no longer ours, or when we stop and the wait would outlast the stop budget. */
  wait(ms: number): Promise<void>;
}

/** How a delivery ended, every way of which settles the record. */
export type Outcome = 'handled' | 'failed' | 'tombstone' | 'unhandled';

/** Behaviour around a delivery. It answers with `next`'s outcome or its own, or rejects to leave the record unsettled. */
export type Middleware = (delivery: Delivery, next: () => Promise<Outcome>) => Promise<Outcome>;

/** What a handler learns besides the event. */
export interface Attempt {
  readonly delivery: Delivery;
  /** 1 for the first try of this handler in this process. */
  readonly attempt: number;
}

/** What happens to a record whose handler failed for good. */
export type FinalAction = 'dead-letter' | 'skip' | 'halt';

/** What happens to a record of a type that nobody here handles. */
export type UnhandledAction = 'settle' | 'dead-letter' | 'halt';

/** How one handler's failures are treated. */
export interface FailurePolicy {
  /** Calls in all, the first included; at least 1. */
  readonly attempts: number;
  /** Whether another call may help after this error; by default always. */
  readonly retryIf?: ((error: Error) => boolean) | undefined;
  /** The first delay, in ms; it doubles up to `maxDelayMs`, half of it random. */
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

/** At least one handler failed for good. Thrown inside a delivery; the dead-letter middleware decides what follows. */
export class HandlersFailedError extends Error {
  override readonly name = 'HandlersFailedError';

  constructor(readonly failures: readonly HandlerFailure[]) {
    super(failures.map(({ handler, error }) => `${handler.name}: ${error.message}`).join('; '), {
      cause: failures[0]?.error,
    });
  }
}
