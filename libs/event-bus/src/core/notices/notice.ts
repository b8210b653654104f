import type { GroupMove, Position, Start } from '../backend.js';
import type { Delivery, Handler, Outcome } from '../consume/delivery.js';
import type { EventMetadata } from '../event/event.js';

/**
 * Something an operator may want to know. Core reports it; the code that builds the consumer decides where it goes.
 */
export type Notice =
  | {
      readonly kind: 'published';
      readonly metadata: EventMetadata;
      readonly topic: string;
      readonly position: Position;
      readonly key: unknown;
      /** From the call of `publish` to the answer, in ms. */
      readonly durationMs: number;
    }
  | {
      readonly kind: 'publish-failed';
      readonly metadata: EventMetadata;
      readonly topic: string;
      readonly key: unknown;
      readonly error: Error;
      readonly durationMs: number;
    }
  /** Events are published without the name of their service; reported once. */
  | { readonly kind: 'service-unnamed'; readonly metadata: EventMetadata }
  | { readonly kind: 'publish-disabled'; readonly metadata: EventMetadata; readonly topic: string }
  /** A consumer was made. It joins its group when the application has started. */
  | { readonly kind: 'consumer-starting'; readonly topic: string; readonly group: string }
  | {
      readonly kind: 'group-joined';
      readonly topic: string;
      readonly group: string;
      readonly member: string;
      /** The backend's name and location. */
      readonly backend: string;
      readonly isNew: boolean;
      /** `undefined` if the group is moved before it consumes. */
      readonly start: Start | undefined;
    }
  | {
      readonly kind: 'group-moved';
      readonly topic: string;
      readonly group: string;
      /** The purpose of the move. */
      readonly once: string;
      /** Empty if the group was moved for this purpose before. */
      readonly moves: readonly GroupMove[];
    }
  /** The group had this record before: a move repeats it, or a member vanished with it in hand. */
  | { readonly kind: 'redelivered'; readonly delivery: Delivery }
  /** The consumer has its share of the topic, which may be empty. It comes again after each change of the share. */
  | { readonly kind: 'assigned'; readonly topic: string; readonly group: string }
  | { readonly kind: 'received'; readonly delivery: Delivery }
  /** Made only if somebody besides the log observes the bus. */
  | {
      readonly kind: 'handler-succeeded';
      readonly delivery: Delivery;
      readonly handler: Handler;
      readonly attempt: number;
      readonly durationMs: number;
    }
  | { readonly kind: 'processed'; readonly delivery: Delivery; readonly outcome: Outcome; readonly durationMs: number }
  | {
      readonly kind: 'handler-failed';
      readonly delivery: Delivery;
      readonly handler: Handler;
      readonly attempt: number;
      readonly error: Error;
      /** How long the handler ran, in ms; `undefined` if only the log observes the bus. */
      readonly durationMs: number | undefined;
      /** The delay before the next attempt, in ms; `undefined` after the last. */
      readonly retryInMs: number | undefined;
      /** True if the consumer is stopping: the failure does not count, and the event stays unsettled. */
      readonly isReleased: boolean;
    }
  /** A call of the handler still runs after `EVENT_BUS_HEALTH_STUCK_AFTER`. Reported once, when a probe finds it. */
  | {
      readonly kind: 'handler-stuck';
      readonly delivery: Delivery;
      readonly handler: Handler;
      readonly attempt: number;
      readonly runningMs: number;
    }
  | { readonly kind: 'unusable'; readonly delivery: Delivery; readonly error: Error }
  | {
      readonly kind: 'dead-lettered';
      readonly delivery: Delivery;
      readonly topic: string;
      readonly position: Position;
      readonly reason: DeadLetterReason;
      readonly error: Error;
    }
  | { readonly kind: 'skipped'; readonly delivery: Delivery; readonly error: Error }
  | { readonly kind: 'halted'; readonly delivery: Delivery; readonly error: Error }
  /** An external system is away; the consumer retries in `retryInMs`. */
  | {
      readonly kind: 'waiting';
      readonly doing: string;
      readonly waitsFor: WaitsFor;
      readonly delivery: Delivery;
      readonly error: Error;
      readonly retryInMs: number;
    }
  /** The wait is over: what was waited for works again. A wait that is cut short ends with `released`. */
  | { readonly kind: 'resumed'; readonly waitsFor: WaitsFor; readonly delivery: Delivery; readonly waitedMs: number }
  | {
      readonly kind: 'disconnected';
      readonly topic: string;
      readonly group: string;
      readonly error: Error;
      /** `undefined` if the consumer is leaving and does not retry. */
      readonly retryInMs: number | undefined;
    }
  /** The backend answers again, after `disconnected`. */
  | { readonly kind: 'reconnected'; readonly topic: string; readonly group: string }
  /** The consumer has ended; `error` says why if nobody stopped it. */
  | { readonly kind: 'stopped'; readonly topic: string; readonly group: string; readonly error: Error | undefined }
  /** A handler exceeded the stop budget; its event will be handled again. */
  | { readonly kind: 'abandoned'; readonly delivery: Delivery }
  | { readonly kind: 'released'; readonly delivery: Delivery; readonly reason: Error }
  /** A report of one kind of backend; `fields` are in display order. */
  | {
      readonly kind: 'backend-report';
      readonly level: 'info' | 'warn' | 'error';
      readonly what: string;
      readonly fields: readonly (readonly [name: string, value: unknown])[];
    };

/** What a record waits for in its consumer: a registry that knows its schema, or a topic that takes its dead letter. */
export type WaitsFor = 'registry' | 'dead-letter';

/**
 * Why a record became a dead letter: a handler failed for good, the record cannot be read, its type has no handler here,
 * or too many members vanished with it in hand.
 */
export type DeadLetterReason = 'handler' | 'unreadable' | 'unhandled' | 'delivery-limit';

/** Receives notices. It must not throw, and must return at once. */
export type Observer = (notice: Notice) => void;
