import {
  attributeHeaders,
  type AttributeNames,
  CLOUD_EVENTS_NAMES,
  cloudEventsHeaders,
} from '../core/event/attributes.js';
import type { ReceivedRecord } from '../core/backend.js';
import type { Encoded, RecordCodec } from '../core/event/codec.js';
import { UnusableRecordError } from '../core/errors.js';
import type { Event, EventDefinition } from '../core/event/event.js';
import { attributeReader, rawId } from '../core/event/read-attributes.js';
import { compiledDefinitions } from './compiled-definitions.js';
import { readKey, writeKey } from './key-text.js';

/** A codec that returns results directly, not promises. */
export interface SynchronousCodec extends RecordCodec {
  encode(event: Event, keyField: string | undefined, topic?: string): Encoded;
  decode(record: ReceivedRecord): Event;
}

/** The options of {@link bareCodec}. */
export interface BareCodecOptions {
  /** The events that the codec writes and reads. */
  readonly definitions: Iterable<EventDefinition>;
  /**
   * The header names of the attributes. Default: those of CloudEvents; the codec then also writes the three headers for
   * content and version.
   */
  readonly names?: AttributeNames;
}

/**
 * A codec for records without a schema registry. The value is Avro data without a header, the attributes are headers,
 * and the key is the JSON text of the key field.
 *
 * Writer and reader must have the same schema of an event. Throws `InvalidEventError` if two definitions of one event
 * type differ.
 */
export function bareCodec({ definitions, names }: BareCodecOptions): SynchronousCodec {
  const compiled = compiledDefinitions(definitions);
  const readNames = names ?? CLOUD_EVENTS_NAMES;
  const attributes = attributeReader(readNames);

  return {
    encode({ definition, metadata, data }, keyField) {
      const known = compiled.of(definition);
      const field = keyField === undefined ? undefined : known.keyField(keyField);
      const value = known.body.encode(data);
      const key = field === undefined ? null : writeKey(field.valueIn(data));
      return {
        key,
        value,
        headers: names === undefined ? cloudEventsHeaders(metadata) : attributeHeaders(metadata, names),
      };
    },
    idOf: ({ headers }) => rawId(headers, readNames),
    typeOf: ({ headers }) => attributes.type(headers),
    decode({ headers, value }) {
      const metadata = attributes.metadata(headers);
      const found = compiled.named(metadata.type);
      if (found === undefined)
        throw new UnusableRecordError(
          `${metadata.type}: the bus has no definition of this event. List it in forRoot({ events }) or forFeature(), or name its module in EVENT_BUS_EVENTS.`,
        );
      if (value === null) throw new UnusableRecordError(`${metadata.type}: the record has no value.`);
      return { definition: found.definition, metadata, data: found.body.decode(value) };
    },
    decodeKey: ({ key }) => (key === null ? null : readKey(key)),
    checkKeyField(definition, keyField) {
      compiled.of(definition).keyField(keyField);
    },
  };
}
