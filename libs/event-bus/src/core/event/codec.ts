import type { OutgoingRecord, ReceivedRecord } from '../backend.js';
import type { Event, EventDefinition } from './event.js';

/**
 * Converts events to records and back, in the wire format of one backend.
 *
 * It knows the events of a set of definitions, and those that it has encoded. A method returns a promise only if it
 * must ask a registry.
 */
export interface RecordCodec {
  /**
   * Encodes the event for `topic`, a full name. The key comes from `keyField`, a dotted path; without `keyField` it is
   * `null`. Throws or rejects with `InvalidEventError`, which names the field path and the reason, or with
   * `UnavailableError`.
   */
  encode(event: Event, keyField: string | undefined, topic: string): Encoded | Promise<Encoded>;
  /** The event type in the record. Throws `UnusableRecordError` if the record has no type, or two. */
  typeOf(record: ReceivedRecord): string;
  /**
   * Decodes the event. Throws or rejects with `UnusableRecordError` if the record can never be read, or with
   * `UnavailableError` if it cannot be read now.
   */
  decode(record: ReceivedRecord): Event | Promise<Event>;
  /** The decoded key of the record, or `null` if it has none or the key cannot be read. */
  decodeKey(record: Pick<OutgoingRecord, 'key'>): unknown;
  /** The event id in the record, unchecked, for logs. Never throws. */
  idOf?(record: ReceivedRecord): string | undefined;
  /**
   * The lane of a record without key bytes: the key of its event, for wire formats that carry no key. `undefined`: no
   * order.
   */
  laneOf?(record: ReceivedRecord): string | undefined;
  /** Throws `InvalidEventError` unless the path leads through required records to a required primitive. */
  checkKeyField(definition: EventDefinition, keyField: string): void;
  /** Resolves when its registry, if any, answers. Rejects with `UnavailableError`. */
  ping?(): Promise<void>;
}

/** A record without its topic. */
export type Encoded = Omit<OutgoingRecord, 'topic'>;
