import { createHash } from 'node:crypto';

import { bareCodec, bodyReader, type BodyReader, compiledDefinitions, writeKey } from '../../avro/index.js';
import type { Header, ReceivedRecord } from '../../core/backend.js';
import type { Encoded, RecordCodec } from '../../core/codec.js';
import type { Event, EventDefinition } from '../../core/event.js';
import { UnusableRecordError } from '../../core/errors.js';
import { attributeReader } from '../../core/read-attributes.js';
import { TextCache } from '../../core/text-cache.js';
import { ATTRIBUTE_NAMES } from './attribute-names.js';
import type { SchemaStore } from './schema-store.js';

/** The header that names the writer's schema: the first half of its SHA-256, in hex. Python neither writes nor reads it. */
export const SCHEMA_HEADER = 'schema_fingerprint';

/** The options of {@link redisCodec}. */
export interface RedisCodecOptions {
  /** The events that can be written and read. */
  readonly definitions: Iterable<EventDefinition>;
  /** Where writers leave their schemas; without it entries name none, and all are read by the reader's own. */
  readonly schemas?: SchemaStore;
}

const ATTRIBUTES: ReadonlySet<string> = new Set(Object.values(ATTRIBUTE_NAMES));

/**
 * Events as Open edX has them in Redis: plain names, bare Avro.
 *
 * An entry that names its writer's schema is read by it, so that older and newer versions of an event can stand in one stream; one that
 * names none, as those from Python, is read as if the writer had the same schema. An attribute that is empty counts as missing.
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
  // Whoever reads a record asks for its type first, and then for the rest.
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
    // Nothing may lie in the stream that no reader can find the schema of.
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
        `${definition.type}: the publisher's schema ${fingerprint} is not in the store of this Redis, and ours is another.`,
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
      // Those of Python name no writer. For another schema the store would have to be asked, and lanes are needed at once.
      if (writer !== undefined && !own.has(writer)) return undefined;
      try {
        const event = codec.decode(withoutEmpty(record));
        lanes.set(record, event);
        const { keyField } = event.definition;
        if (keyField === undefined) return undefined;
        return writeKey(compiled.of(event.definition).keyField(keyField).valueIn(event.data)).toString('latin1');
      } catch {
        // It has no lane; whoever decodes it next says what is wrong with it.
        return undefined;
      }
    },
    checkKeyField: (definition, keyField) => codec.checkKeyField(definition, keyField),
  };
}

/** A record, the same as Python takes it, and its type. */
interface Typed {
  readonly record: ReceivedRecord;
  readonly whole: ReceivedRecord;
  readonly type: string;
}

/** By index here and below, for taking pairs apart makes an iterator for each. */
function writerOf({ headers }: ReceivedRecord): string | undefined {
  for (const header of headers)
    if (header[0] === SCHEMA_HEADER) return header[1] ? FINGERPRINT.read(header[1]) : undefined;
  return undefined;
}

const FINGERPRINT = new TextCache();

/** Python takes an attribute that is empty for one that is missing. */
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
