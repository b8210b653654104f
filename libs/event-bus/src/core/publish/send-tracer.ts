import type { Headers, Position } from '../backend.js';
import type { EventMetadata } from '../event/event.js';

/** Traces the records that an `EventPublisher` sends. */
export interface SendTracer {
  /**
   * Called in the async context of the caller, before a record is sent to `topic`, a full name. `undefined` if nobody
   * traces.
   */
  begin(metadata: EventMetadata, topic: string): Sending | undefined;
}

/** One record that is being sent. */
export interface Sending {
  /** The headers of the record, followed by those with the trace context. */
  headers(own: Headers): Headers;
  /** Calls `send` so that spans of the broker's client do not repeat this one. */
  run<Result>(send: () => Result): Result;
  /** The broker has stored the record. */
  sent(position: Position): void;
  failed(error: Error): void;
}
