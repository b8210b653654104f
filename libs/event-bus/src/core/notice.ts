import type { GroupMove, Position, Start } from './backend.js';
import type { Delivery, Handler, Outcome } from './delivery.js';
import type { EventMetadata } from './event.js';

/** Something an operator may want to know. Core reports; whoever builds the consumer decides where it goes. */
export type Notice =
  | {
      readonly kind: 'published';
      readonly metadata: EventMetadata;
      readonly topic: string;
      readonly position: Position;
      readonly key: unknown;
    }
  | {
      readonly kind: 'publish-failed';
      readonly metadata: EventMetadata;
      readonly topic: string;
      readonly key: unknown;
      readonly error: Error;
    }
  | { readonly kind: 'publish-disabled'; readonly metadata: EventMetadata; readonly topic: string }
  | {
      readonly kind: 'group-joined';
      readonly topic: string;
      readonly group: string;
      readonly member: string;
      /** The backend's name, and where it is. */
      readonly backend: string;
      readonly isNew: boolean;
      /** `undefined` when the group is moved before it consumes. */
      readonly start: Start | undefined;
    }
  | {
      readonly kind: 'group-moved';
      readonly topic: string;
      readonly group: string;
      /** What the group was to be moved for. */
      readonly once: string;
      /** None when it was moved for that before. */
      readonly moves: readonly GroupMove[];
    }
  | { readonly kind: 'received'; readonly delivery: Delivery }
  | { readonly kind: 'processed'; readonly delivery: Delivery; readonly outcome: Outcome; readonly durationMs: number }
  | {
      readonly kind: 'handler-failed';
      readonly delivery: Delivery;
      readonly handler: Handler;
      readonly attempt: number;
      readonly error: Error;
      /** How long until the next attempt, in ms; `undefined` when it was the last. */
      readonly retryInMs: number | undefined;
      /** The consumer stops: the failure does not count, and the event stays unsettled. */
      readonly isReleased: boolean;
    }
  | { readonly kind: 'unusable'; readonly delivery: Delivery; readonly error: Error }
  | {
      readonly kind: 'dead-lettered';
      readonly delivery: Delivery;
      readonly topic: string;
      readonly position: Position;
      readonly error: Error;
    }
  | { readonly kind: 'skipped'; readonly delivery: Delivery; readonly error: Error }
  | { readonly kind: 'halted'; readonly delivery: Delivery; readonly error: Error }
  /** Something outside is away; it is tried again in `retryInMs`. */
  | {
      readonly kind: 'waiting';
      readonly doing: string;
      readonly delivery?: Delivery;
      readonly error: Error;
      readonly retryInMs: number;
    }
  | {
      readonly kind: 'disconnected';
      readonly topic: string;
      readonly group: string;
      readonly error: Error;
      /** `undefined` when the consumer is leaving and does not try again. */
      readonly retryInMs: number | undefined;
    }
  /** After `disconnected`, the backend answers again. */
  | { readonly kind: 'reconnected'; readonly topic: string; readonly group: string }
  /** The consumer has ended; `error` says why when nobody asked it to. */
  | { readonly kind: 'stopped'; readonly topic: string; readonly group: string; readonly error: Error | undefined }
  /** A handler still ran when the stop budget was spent; its event will be handled again. */
  | { readonly kind: 'abandoned'; readonly delivery: Delivery }
  | { readonly kind: 'released'; readonly delivery: Delivery; readonly reason: Error }
  /** Something that only one kind of broker has to say; `fields` in the order in which they are shown. */
  | {
      readonly kind: 'backend-report';
      readonly level: 'info' | 'warn' | 'error';
      readonly what: string;
      readonly fields: readonly (readonly [name: string, value: unknown])[];
    };

/** Takes notices; must not throw and must return at once. */
export type Observer = (notice: Notice) => void;
