import { readdirSync, readFileSync } from 'node:fs';
import { defineEvent, type Headers, type ReceivedRecord } from 'nest-event-bus/core';
import { confluentCodec, type SchemaRegistry } from 'nest-event-bus/kafka';
import { describe, expect, it } from 'vitest';
import { goldenRecords } from '../support/golden-records.js';

/** The parts of a golden record that exist only for Kafka. */
interface Framed {
  readonly topic: string;
  readonly key_base64: string;
  readonly value_base64: string;
  readonly key_schema_id: number;
  readonly schema_id: number;
  readonly key_subject: string;
  readonly value_subject: string;
  readonly key_schema_json_as_sent: string;
  readonly schema_json_as_sent: string;
}

const FOLDER = new URL('../fixtures/openedx/kafka/', import.meta.url);
const FRAMED = readdirSync(FOLDER).map((file) => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Framed);
const RECORDS = goldenRecords('kafka').map((golden, n) => ({ ...golden, framed: FRAMED[n] as Framed }));

describe.each(RECORDS)('the Kafka record $name', ({ type, schema, metadata, keyField, headers, framed }) => {
  const definition = defineEvent(schema);
  const asked: (readonly [subject: string, schema: string])[] = [];
  const codec = confluentCodec({ definitions: [definition], registry: registryOf(framed, asked) });
  const record: ReceivedRecord = {
    topic: framed.topic,
    key: Buffer.from(framed.key_base64, 'base64'),
    value: Buffer.from(framed.value_base64, 'base64'),
    headers,
    partition: 0,
    position: '0:0',
    timestamp: 0,
    isReplay: false,
  };

  it('is read, and written again byte for byte: key, value and headers', async () => {
    const event = await codec.decode(record);
    expect(event.metadata).toEqual(metadata);
    const written = await codec.encode(event, keyField, framed.topic);
    expect(Buffer.from(written.key ?? []).toString('base64')).toBe(framed.key_base64);
    expect(Buffer.from(written.value ?? []).toString('base64')).toBe(framed.value_base64);
    expect(texts(written.headers)).toEqual(texts(headers));
  });

  it('has its schemas registered under the same subjects by the same texts, the key first', async () => {
    asked.length = 0;
    await codec.encode(await codec.decode(record), keyField, framed.topic);
    expect(asked).toEqual([
      [framed.key_subject, framed.key_schema_json_as_sent],
      [framed.value_subject, framed.schema_json_as_sent],
    ]);
  });

  it('names its type, and its key can be read', () => {
    expect(codec.typeOf(record)).toBe(type);
    expect(codec.decodeKey(record)).toEqual(expect.anything());
  });
});

/** A registry that answers as when the record was made. */
function registryOf(framed: Framed, asked: (readonly [string, string])[]): SchemaRegistry {
  return {
    idOf(subject, schema) {
      asked.push([subject, schema]);
      return subject === framed.key_subject ? framed.key_schema_id : framed.schema_id;
    },
    schemaOf: (id) => Promise.resolve(id === framed.schema_id ? framed.schema_json_as_sent : ''),
  };
}

function texts(headers: Headers): readonly (readonly [string, string])[] {
  return headers.map(([name, value]) => [name, Buffer.from(value ?? []).toString()]);
}
