import type { OutgoingRecord, ReceivedRecord } from './backend.js';
import type { Event, EventDefinition } from './event.js';

/**
 * Events to records and back, in the form that one backend's users expect on the wire.
 *
 * It reads the events of a set of definitions, and of those that it has written. An answer may be a promise where a registry has to be asked.
 */
export interface RecordCodec {
  /**
   * Key, value and headers of the event for a topic, full name; the key is taken from `keyField`, a dotted path, or is `null` without one.
   * Throws or rejects with `InvalidEventError` naming the field path and the reason, or `UnavailableError`.
   */
  encode(event: Event, keyField: string | undefined, topic: string): Encoded | Promise<Encoded>;
  /**
   * The event type that the record names. Throws `UnusableRecordError` when it names none, or two.
   */
  typeOf(record: ReceivedRecord): string;
  /**
   * The event. Throws or rejects with `UnusableRecordError` when the record can never be read, or `UnavailableError` when it cannot be read now.
   */
  decode(record: ReceivedRecord): Event | Promise<Event>;
  /** The value of the record's key, or `null` when it has none or cannot be read. */
  decodeKey(record: Pick<OutgoingRecord, 'key'>): unknown;
  /** The event id that the record carries, for logs: as it stands there, checked for nothing. Never throws. */
  idOf?(record: ReceivedRecord): string | undefined;
  /** What keeps a record without key bytes in order: its event's own key, where the wire carries none. `undefined` for no order. */
  laneOf?(record: ReceivedRecord): string | undefined;
  /** Throws `InvalidEventError` unless the path ends, through required records, at a required primitive. */
  checkKeyField(definition: EventDefinition, keyField: string): void;
  /** Resolves when what it has to ask, a registry, answers. Rejects with `UnavailableError`. */
  ping?(): Promise<void>;
}

/** A record but for its topic. */
export type Encoded = Omit<OutgoingRecord, 'topic'>;
