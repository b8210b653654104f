import {
  bodyReader,
  type BodyReader,
  type CompiledDefinition,
  compiledDefinitions,
  compileSchema,
  type KeyField,
} from '../../avro/index.js';
import { CLOUD_EVENTS_NAMES, cloudEventsHeaders } from '../../core/event/attributes.js';
import type { Encoded, RecordCodec } from '../../core/event/codec.js';
import { UnusableRecordError } from '../../core/errors.js';
import type { Event, EventDefinition } from '../../core/event/event.js';
import { attributeReader, rawId } from '../../core/event/read-attributes.js';
import { frame, unframe } from './framing.js';
import { readKeyBody } from './key-body.js';
import type { SchemaRegistry } from './schema-registry.js';

/** The options of {@link confluentCodec}. */
export interface ConfluentCodecOptions {
  /** The events that the codec can write and read. */
  readonly definitions: Iterable<EventDefinition>;
  readonly registry: SchemaRegistry;
}

/**
 * Records in the form of Open edX's Python services on Kafka: ten headers, and key and value in Avro, each framed with
 * the id of its schema in a registry.
 *
 * - The subject of a schema is `<topic>-<name of the record>`, so a topic may have several event types.
 * - A value is decoded with its writer's schema, whose id it has, into the form of the definition.
 * - An answer is a promise only until an id is known.
 */
export function confluentCodec({ definitions, registry }: ConfluentCodecOptions): RecordCodec {
  const compiled = compiledDefinitions(definitions);
  const attributes = attributeReader(CLOUD_EVENTS_NAMES);
  const subjects = new Map<EventDefinition, string>();
  const readers = new Map<string, Map<number, BodyReader | UnusableRecordError>>();

  function recordName(definition: EventDefinition): string {
    const known = subjects.get(definition);
    if (known !== undefined) return known;
    const { namespace, name } = JSON.parse(definition.schema) as { readonly namespace: string; readonly name: string };
    const made = `${namespace}.${name}`;
    subjects.set(definition, made);
    return made;
  }

  function readerOf({ definition }: CompiledDefinition, id: number, writer: string): BodyReader {
    // Two maps: a combined key would have to be made for each record.
    let ofType = readers.get(definition.type);
    if (ofType === undefined)
      readers.set(definition.type, (ofType = new Map<number, BodyReader | UnusableRecordError>()));
    let known = ofType.get(id);
    if (known === undefined) ofType.set(id, (known = makeReader(definition, writer)));
    if (known instanceof UnusableRecordError) throw known;
    return known;
  }

  return {
    encode(event, keyField, topic) {
      const { definition, metadata, data } = event;
      const known = compiled.of(definition);
      const field = keyField === undefined ? undefined : known.keyField(keyField);
      const body = known.body.encode(data);
      const keyBody = field === undefined ? undefined : keyType(field).toBuffer(field.valueIn(data));
      const headers = cloudEventsHeaders(metadata);
      // Like the Python producer: first the key's schema, then the value's.
      const keyId = field === undefined ? 0 : registry.idOf(`${topic}-${field.schema.type}`, keyText(field));
      const framed = (keyId: number, valueId: number): Encoded => ({
        key: keyBody === undefined ? null : frame(keyId, keyBody),
        value: frame(valueId, body),
        headers,
      });
      const subject = `${topic}-${recordName(known.definition)}`;
      if (typeof keyId === 'number') {
        const valueId = registry.idOf(subject, known.definition.schema);
        if (typeof valueId === 'number') return framed(keyId, valueId);
        return valueId.then((id) => framed(keyId, id));
      }
      return keyId.then(async (id) => framed(id, await registry.idOf(subject, known.definition.schema)));
    },
    idOf: ({ headers }) => rawId(headers, CLOUD_EVENTS_NAMES),
    typeOf: ({ headers }) => attributes.type(headers),
    decode({ headers, value }) {
      const metadata = attributes.metadata(headers);
      const found = compiled.named(metadata.type);
      if (found === undefined)
        throw new UnusableRecordError(
          `${metadata.type}: the bus has no definition of this event. List it in forRoot({ events }) or forFeature(), or name its module in EVENT_BUS_EVENTS.`,
        );
      if (value === null) throw new UnusableRecordError(`${metadata.type}: the record has no value.`);
      const framed = unframe(value);
      if (framed === undefined)
        throw new UnusableRecordError(`${metadata.type}: the value does not begin with the id of its schema.`);
      const { schemaId, body } = framed;
      const event = (writer: string): Event => ({
        definition: found.definition,
        metadata,
        data: readerOf(found, schemaId, writer)(body),
      });
      const writer = registry.schemaOf(schemaId);
      return typeof writer === 'string' ? event(writer) : writer.then(event);
    },
    decodeKey: ({ key }) => (key === null ? null : readKeyBody(unframe(key)?.body)),
    checkKeyField(definition, keyField) {
      compiled.of(definition).keyField(keyField);
    },
    ping: async () => registry.ping?.(),
  };
}

function makeReader(definition: EventDefinition, writer: string): BodyReader | UnusableRecordError {
  try {
    return bodyReader(definition.type, { writer, reader: definition.schema });
  } catch (cause) {
    if (cause instanceof UnusableRecordError) return cause;
    return new UnusableRecordError(`${definition.type}: the publisher's schema cannot be used.`, { cause });
  }
}

/**
 * Returns the field's definition as Python's `json.dumps(sort_keys=True)` writes it. Python registers this text as the
 * schema of the key.
 */
function keyText(field: KeyField): string {
  const known = KEY_TEXTS.get(field);
  if (known !== undefined) return known;
  const { name, type } = field.schema;
  const text = `{"name": ${JSON.stringify(name)}, "type": ${JSON.stringify(type)}}`;
  KEY_TEXTS.set(field, text);
  return text;
}

const KEY_TEXTS = new WeakMap<KeyField, string>();

const KEY_TYPES = new Map<string, ReturnType<typeof compileSchema>>();

function keyType({ schema: { type } }: KeyField): ReturnType<typeof compileSchema> {
  const known = KEY_TYPES.get(type) ?? compileSchema(JSON.stringify(type));
  KEY_TYPES.set(type, known);
  return known;
}
