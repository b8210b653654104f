import { readdirSync, readFileSync } from 'node:fs';
import type { EventMetadata, Headers } from 'nest-event-bus/core';

/** A record made by the real Python producer; see test/fixtures/openedx. */
export interface GoldenRecord {
  readonly name: string;
  readonly type: string;
  readonly schema: string;
  readonly keyField: string;
  readonly metadata: EventMetadata;
  /** The published data. `JSON.parse` has rounded integers above 2^53. */
  readonly data: unknown;
  /** The data as Avro bytes without a header. */
  readonly body: Buffer;
  /** The key as Avro bytes without a header. Kafka only. */
  readonly keyBody: Buffer | undefined;
  /** The key's schema as sent to the registry. Kafka only. */
  readonly keySchema: string | undefined;
  /** The headers of the Kafka record, or the fields of the Redis entry except the body, in wire order. */
  readonly headers: Headers;
}

/** The golden records of one transport. */
export function goldenRecords(transport: 'kafka' | 'redis'): readonly GoldenRecord[] {
  const folder = new URL(`../fixtures/openedx/${transport}/`, import.meta.url);
  return readdirSync(folder).map((file) => read(JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Fixture));
}

interface Fixture {
  readonly name: string;
  readonly event_type: string;
  readonly schema_json: string;
  readonly key_field: string;
  readonly metadata: Omit<EventMetadata, 'type'>;
  readonly event_data: unknown;
  readonly value_avro_base64: string;
  readonly key_avro_base64?: string;
  readonly key_schema_json_as_sent?: string;
  readonly header_order?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly fields_base64?: readonly (readonly [string, string])[];
}

function read(fixture: Fixture): GoldenRecord {
  const { id, minorversion, source, sourcehost, time, sourcelib } = fixture.metadata;
  const { header_order: order = [], headers = {}, fields_base64: fields = [] } = fixture;
  return {
    name: fixture.name,
    type: fixture.event_type,
    schema: fixture.schema_json,
    keyField: fixture.key_field,
    metadata: { type: fixture.event_type, id, minorversion, source, sourcehost, time, sourcelib },
    data: fixture.event_data,
    body: Buffer.from(fixture.value_avro_base64, 'base64'),
    keyBody: fixture.key_avro_base64 === undefined ? undefined : Buffer.from(fixture.key_avro_base64, 'base64'),
    keySchema: fixture.key_schema_json_as_sent,
    headers: [
      ...order.map((name) => [name, Buffer.from(headers[name] ?? '')] as const),
      ...fields
        .filter(([name]) => name !== 'event_data')
        .map(([name, value]) => [name, Buffer.from(value, 'base64')] as const),
    ],
  };
}
