import { bareCodec, bodyCodec, compileSchema, findKeyField } from 'nest-event-bus/avro';
import { CLOUD_EVENTS_NAMES, defineEvent, type Headers, type ReceivedRecord } from 'nest-event-bus/core';
import { describe, expect, it } from 'vitest';
import { type GoldenRecord, goldenRecords } from '../support/golden-records.js';

const KAFKA = goldenRecords('kafka');
const REDIS = goldenRecords('redis');
const REDIS_NAMES = Object.fromEntries(
  Object.keys(CLOUD_EVENTS_NAMES).map((name) => [name, name]),
) as typeof CLOUD_EVENTS_NAMES;

it('has the records that the real Python producers made', () => {
  expect(KAFKA).toHaveLength(14);
  expect(REDIS).toHaveLength(15);
});

describe.each([...KAFKA, ...REDIS])('the body of $name', (golden) => {
  it('decodes and is written again byte for byte', () => {
    const codec = bodyCodec(golden.type, compileSchema(golden.schema));
    expect(hex(codec.encode(codec.decode(golden.body)))).toBe(hex(golden.body));
  });
});

// JSON.parse has rounded the data of skill-verified.
describe.each([...KAFKA, ...REDIS].filter(({ name }) => name !== 'skill-verified'))('the body of $name', (golden) => {
  it('is what is written for the published data', () => {
    const codec = bodyCodec(golden.type, compileSchema(golden.schema));
    expect(codec.decode(golden.body)).toEqual(golden.data);
    expect(hex(codec.encode(golden.data))).toBe(hex(golden.body));
  });
});

it('reads integers beyond 2^53 exactly', () => {
  const golden = find(KAFKA, 'skill-verified');
  const { xblock_info: info } = bodyCodec(golden.type, compileSchema(golden.schema)).decode(golden.body) as {
    xblock_info: { verified_skills: unknown };
  };
  const edges = [2147483648, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)];
  expect(info.verified_skills).toEqual([1, -1, 0, 63, 64, -64, -65, ...edges]);
});

describe.each(KAFKA)('the Kafka record $name', (golden) => {
  const { definition, record, codec } = asReceived(golden);

  it('has headers that are read, and written again in the same order and form', () => {
    const event = codec.decode(record);
    expect(event.metadata).toEqual(golden.metadata);
    expect(texts(codec.encode(event, undefined).headers)).toEqual(texts(golden.headers));
  });

  it('has a key whose schema and value the key field gives', () => {
    const field = findKeyField(golden.type, compileSchema(golden.schema), golden.keyField);
    expect(`{"name": "${field.schema.name}", "type": "${field.schema.type}"}`).toBe(golden.keySchema);
    const key = compileSchema(JSON.stringify(field.schema)).toBuffer(field.valueIn(codec.decode(record).data));
    expect(hex(key)).toBe(hex(golden.keyBody ?? Buffer.alloc(0)));
    expect(() => codec.checkKeyField(definition, golden.keyField)).not.toThrow();
  });
});

describe.each(REDIS)('the Redis entry $name', (golden) => {
  it('has fields that are read under plain names, and written again in the same order and form', () => {
    const { record, codec } = asReceived(golden, REDIS_NAMES);
    const event = codec.decode(record);
    expect(event.metadata).toEqual(golden.metadata);
    expect(texts(codec.encode(event, undefined).headers)).toEqual(texts(golden.headers));
  });
});

function asReceived(golden: GoldenRecord, names?: typeof CLOUD_EVENTS_NAMES) {
  const definition = defineEvent(golden.schema);
  const codec = bareCodec({ definitions: [definition], ...(names === undefined ? {} : { names }) });
  const { headers, body: value } = golden;
  const record: ReceivedRecord = {
    topic: 't',
    key: null,
    value,
    headers,
    partition: 0,
    position: '0',
    timestamp: 0,
    isReplay: false,
  };
  return { definition, codec, record };
}

function find(records: readonly GoldenRecord[], name: string): GoldenRecord {
  const found = records.find((record) => record.name === name);
  if (found === undefined) throw new Error(`there is no golden record ${name}`);
  return found;
}

function texts(headers: Headers): readonly string[] {
  return headers.map(([name, value]) => `${name}: ${Buffer.from(value ?? []).toString()}`);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
