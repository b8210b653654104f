import type { Position, Start } from './backend.js';
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
      readonly isNew: boolean;
      readonly start: Start;
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
      readonly retryInMs: number;
    }
  | { readonly kind: 'released'; readonly delivery: Delivery; readonly reason: Error };

/** Takes notices; must not throw and must return at once. */
export type Observer = (notice: Notice) => void;
