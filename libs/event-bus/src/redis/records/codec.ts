import { createHash } from 'node:crypto';

import { bareCodec, bodyReader, type BodyReader, compiledDefinitions, writeKey } from '../../avro/index.js';
import type { Header, ReceivedRecord } from '../../core/backend.js';
import type { Encoded, RecordCodec } from '../../core/event/codec.js';
import type { Event, EventDefinition } from '../../core/event/event.js';
import { UnusableRecordError } from '../../core/errors.js';
import { attributeReader } from '../../core/event/read-attributes.js';
import { TextCache } from '../../core/event/text-cache.js';
import { ATTRIBUTE_NAMES } from './attribute-names.js';
import type { SchemaStore } from './schema-store.js';

/**
 * The header that names the writer's schema: the first half of the schema's SHA-256, in hex. Python's packages neither
 * write nor read it.
 */
export const SCHEMA_HEADER = 'schema_fingerprint';

/** The options of {@link redisCodec}. */
export interface RedisCodecOptions {
  /** The events that the codec writes and reads. */
  readonly definitions: Iterable<EventDefinition>;
  /**
   * Where writers store their schemas. Without a store, entries name no schema, and all are read with the reader's own.
   */
  readonly schemas?: SchemaStore;
}

const ATTRIBUTES: ReadonlySet<string> = new Set(Object.values(ATTRIBUTE_NAMES));

/**
 * The codec for events as Open edX stores them in Redis: plain attribute names, and Avro data without a header.
 *
 * - An entry that names its writer's schema is read with it, so one stream can hold several versions of an event.
 * - An entry that names no schema, as from Python, is read as if its writer had the reader's schema.
 * - An empty attribute counts as missing.
 */
export function redisCodec({ definitions, schemas }: RedisCodecOptions): RecordCodec {
  const known = [...definitions];
  const codec = bareCodec({ definitions: known, names: ATTRIBUTE_NAMES });
  const compiled = compiledDefinitions(known);
  const attributes = attributeReader(ATTRIBUTE_NAMES);
  const fingerprints = new Map(known.map(({ schema }) => [schema, fingerprintOf(schema)]));
  const own = new Set(fingerprints.values());
  const headers = new Map<string, Header>();
  const saved = new Set<string>();
  const readers = new Map<string, BodyReader>();
  const lanes = new WeakMap<ReceivedRecord, Event>();
  // A consumer asks for the type of a record first and then decodes the same record.
  let last: Typed | undefined;

  function typed(record: ReceivedRecord): Typed {
    if (last?.record === record) return last;
    const whole = withoutEmpty(record);
    return (last = { record, whole, type: attributes.type(whole.headers) });
  }

  function headerOf(fingerprint: string): Header {
    const known = headers.get(fingerprint);
    if (known !== undefined) return known;
    const made: Header = [SCHEMA_HEADER, Buffer.from(fingerprint)];
    headers.set(fingerprint, made);
    return made;
  }

  function encode(event: Event, keyField: string | undefined): Encoded | Promise<Encoded> {
    const encoded = codec.encode(event, keyField);
    if (schemas === undefined) return encoded;
    const { schema } = event.definition;
    const fingerprint = fingerprints.get(schema) ?? fingerprintOf(schema);
    const named = { ...encoded, headers: [...encoded.headers, headerOf(fingerprint)] };
    if (saved.has(fingerprint)) return named;
    // The schema is stored before the entry, so that readers can always find it.
    return schemas.save(fingerprint, schema).then(() => {
      saved.add(fingerprint);
      return named;
    });
  }

  function decode(record: ReceivedRecord): Event | Promise<Event> {
    const before = lanes.get(record);
    if (before !== undefined) return before;
    const { whole, type } = typed(record);
    const fingerprint = writerOf(whole);
    if (fingerprint === undefined || schemas === undefined) return codec.decode(whole);
    const definition = compiled.named(type)?.definition;
    if (definition === undefined || fingerprints.get(definition.schema) === fingerprint) return codec.decode(whole);
    const reader = readers.get(`${type} ${fingerprint}`);
    return reader === undefined ? find(whole, definition, fingerprint, schemas) : decodeBy(whole, definition, reader);
  }

  async function find(record: ReceivedRecord, definition: EventDefinition, fingerprint: string, store: SchemaStore) {
    const writer = await store.find(fingerprint);
    if (writer === undefined) {
      throw new UnusableRecordError(
        `${definition.type}: the publisher's schema ${fingerprint} is not stored in this Redis, and it differs from the schema of this service.`,
      );
    }
    const reader = bodyReader(definition.type, { writer, reader: definition.schema });
    readers.set(`${definition.type} ${fingerprint}`, reader);
    return decodeBy(record, definition, reader);
  }

  function decodeBy(record: ReceivedRecord, definition: EventDefinition, reader: BodyReader): Event {
    const metadata = attributes.metadata(record.headers);
    if (record.value === null) throw new UnusableRecordError(`${metadata.type}: the record has no value.`);
    return { definition, metadata, data: reader(record.value) };
  }

  return {
    encode,
    typeOf: (record) => typed(record).type,
    idOf({ headers }) {
      const value = headers.find(([name]) => name === ATTRIBUTE_NAMES.id)?.[1];
      return value ? Buffer.from(value).toString() : undefined;
    },
    decode,
    decodeKey: (record) => codec.decodeKey(record),
    laneOf(record) {
      const writer = writerOf(record);
      // Entries from Python name no schema. Another schema may have to be fetched, but the lane is needed
      // synchronously.
      if (writer !== undefined && !own.has(writer)) return undefined;
      try {
        const event = codec.decode(withoutEmpty(record));
        lanes.set(record, event);
        const { keyField } = event.definition;
        if (keyField === undefined) return undefined;
        return writeKey(compiled.of(event.definition).keyField(keyField).valueIn(event.data)).toString('latin1');
      } catch {
        // The record gets no lane. `decode` reports the problem later.
        return undefined;
      }
    },
    checkKeyField: (definition, keyField) => codec.checkKeyField(definition, keyField),
  };
}

/** A record as received, the same record without its empty attributes, and its type. */
interface Typed {
  readonly record: ReceivedRecord;
  readonly whole: ReceivedRecord;
  readonly type: string;
}

/** Here and below, headers are accessed by index, because destructuring creates an iterator per header. */
function writerOf({ headers }: ReceivedRecord): string | undefined {
  for (const header of headers)
    if (header[0] === SCHEMA_HEADER) return header[1] ? FINGERPRINT.read(header[1]) : undefined;
  return undefined;
}

const FINGERPRINT = new TextCache();

/** Removes empty attributes, which Python's packages treat as missing. */
function withoutEmpty(record: ReceivedRecord): ReceivedRecord {
  for (const header of record.headers)
    if (isLeftOut(header)) return { ...record, headers: record.headers.filter((each) => !isLeftOut(each)) };
  return record;
}

function isLeftOut(header: Header): boolean {
  return header[1]?.byteLength === 0 && ATTRIBUTES.has(header[0]);
}

function fingerprintOf(schema: string): string {
  return createHash('sha256').update(schema).digest('hex').slice(0, 32);
}
