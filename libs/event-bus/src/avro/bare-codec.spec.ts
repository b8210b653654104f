import { describe, expect, it } from 'vitest';
import type { ReceivedRecord } from '../core/backend.js';
import { InvalidEventError, UnusableRecordError } from '../core/errors.js';
import { defineEvent } from '../core/event/define-event.js';
import type { Event, EventMetadata } from '../core/event/event.js';
import { bareCodec } from './bare-codec.js';

const SCHEMA = JSON.stringify({
  type: 'record',
  name: 'CloudEvent',
  namespace: 'org.example.v1',
  fields: [
    { name: 'name', type: 'string' },
    { name: 'id', type: 'long' },
    { name: 'grade', type: 'double' },
    { name: 'ok', type: 'boolean' },
  ],
});
const EXAMPLE = defineEvent<object>(SCHEMA);
const METADATA: EventMetadata = {
  type: EXAMPLE.type,
  id: '0000000d-1111-11f1-8000-0242ac110002',
  minorversion: 0,
  source: 'openedx/lms/web',
  sourcehost: 'host',
  time: '2024-02-29T12:35:08.789012+00:00',
  sourcelib: [10, 5, 0],
};
const EVENT: Event = {
  definition: EXAMPLE,
  metadata: METADATA,
  data: { name: 'Zoë "z"', id: 7, grade: 0.5, ok: true },
};
const CODEC = bareCodec({ definitions: [EXAMPLE] });

describe('bareCodec', () => {
  it('reads what it wrote', () => {
    const record = received();
    expect(CODEC.typeOf(record)).toBe(EXAMPLE.type);
    expect(CODEC.decode(record)).toEqual(EVENT);
    expect(record.headers).toHaveLength(10);
  });

  it.each([
    ['name', 'Zoë "z"', '"Zoë \\"z\\""'],
    ['name', '', '""'],
    ['id', 7, '7'],
    ['id', 2n ** 63n - 1n, '9223372036854775807'],
    ['id', -(2n ** 63n), '-9223372036854775808'],
    ['id', Number.MIN_SAFE_INTEGER, '-9007199254740991'],
    ['grade', 0.5, '0.5'],
    ['grade', 1e21, '1e+21'],
    ['ok', false, 'false'],
  ])('writes the key field %s = %s as its JSON text, and reads it', (field, value, text) => {
    const record = received({ ...EVENT, data: { ...(EVENT.data as object), [field]: value } }, field);
    expect(Buffer.from(record.key ?? []).toString()).toBe(text);
    expect(CODEC.decodeKey(record)).toBe(value);
  });

  it('has no key without a key field', () => {
    expect(received(EVENT, undefined).key).toBeNull();
    expect(CODEC.decodeKey(received(EVENT, undefined))).toBeNull();
  });

  it.each(['', '{', 'alice', '{}', '[1]', 'null', '\ufeff5', '-', '0123'])(
    'reads the unreadable key %j as null',
    (text) => {
      expect(CODEC.decodeKey({ ...received(), key: Buffer.from(text) })).toBeNull();
    },
  );

  it('reads a key that is not UTF-8 as null', () => {
    expect(CODEC.decodeKey({ ...received(), key: Buffer.from([0x22, 0xff, 0x22]) })).toBeNull();
  });

  it('refuses data, key paths and definitions that do not fit', () => {
    const encode = (event: Event, keyField?: string) => () => CODEC.encode(event, keyField);
    expect(encode({ ...EVENT, data: {} }, 'name')).toThrow(
      new InvalidEventError('org.example.v1: name: expected string, got nothing.'),
    );
    expect(encode(EVENT, 'nope')).toThrow(
      new InvalidEventError(
        'org.example.v1: key field "nope": "nope": there is no such field; usable: name, id, grade, ok.',
      ),
    );
    const changed = { ...EXAMPLE, schema: `${SCHEMA} ` };
    expect(encode({ ...EVENT, definition: changed })).toThrow(
      new InvalidEventError('org.example.v1: the bus has another schema for this event.'),
    );
  });

  it('knows a definition from its first event on', () => {
    const codec = bareCodec({ definitions: [] });
    expect(() => codec.decode(received())).toThrow(UnusableRecordError);
    codec.encode(EVENT, 'name');
    expect(codec.decode(received()).definition).toBe(EXAMPLE);
    const broken = { ...EXAMPLE, type: 'org.broken.v1', schema: '"nothing"' };
    expect(() => codec.encode({ ...EVENT, definition: broken }, undefined)).toThrow(InvalidEventError);
    expect(() => codec.checkKeyField(broken, 'name')).toThrow(InvalidEventError);
  });

  it('refuses two definitions of one event that differ, and takes the same twice', () => {
    expect(() => bareCodec({ definitions: [EXAMPLE, { ...EXAMPLE }] })).not.toThrow();
    expect(() => bareCodec({ definitions: [EXAMPLE, { ...EXAMPLE, schema: `${SCHEMA} ` }] })).toThrow(
      new InvalidEventError('org.example.v1 is defined twice, with different schemas.'),
    );
  });

  it('checks key fields', () => {
    expect(() => CODEC.checkKeyField(EXAMPLE, 'id')).not.toThrow();
    expect(() => CODEC.checkKeyField(EXAMPLE, 'id.x')).toThrow(InvalidEventError);
  });

  it.each<[string, Partial<ReceivedRecord>, string]>([
    ['a record without a value', { value: null }, 'org.example.v1: the record has no value.'],
    ['a record without headers', { headers: [] }, 'The attribute "type" (header ce_type) is missing.'],
    [
      'a body that ends early',
      { value: Buffer.from([2, 0x61]) },
      'org.example.v1: the body ends before its data does.',
    ],
  ])('refuses %s', (_, change, message) => {
    expect(() => CODEC.decode({ ...received(), ...change })).toThrow(new UnusableRecordError(message));
  });

  it('refuses an event that it does not know', () => {
    expect(() => bareCodec({ definitions: [] }).decode(received())).toThrow(
      new UnusableRecordError(
        'org.example.v1: the bus has no definition of this event. List it in forRoot({ events }) or forFeature(), or name its module in EVENT_BUS_EVENTS.',
      ),
    );
  });

  it('writes and reads the attributes under other names, and then nothing else', () => {
    const names = {
      type: 'type',
      id: 'id',
      source: 'source',
      time: 'time',
      minorversion: 'minorversion',
      sourcehost: 'sourcehost',
      sourcelib: 'sourcelib',
    };
    const codec = bareCodec({ definitions: [EXAMPLE], names });
    const record = { ...received(), ...codec.encode(EVENT, 'id') };
    expect(record.headers.map(([name]) => name)).toEqual([
      'type',
      'id',
      'source',
      'time',
      'minorversion',
      'sourcehost',
      'sourcelib',
    ]);
    expect(codec.decode(record)).toEqual(EVENT);
    expect(() => codec.decode(received())).toThrow(
      new UnusableRecordError('The attribute "type" (header type) is missing.'),
    );
  });
});

function received(event = EVENT, keyField?: string): ReceivedRecord {
  return { topic: 't', partition: 0, position: '0', timestamp: 0, isReplay: false, ...CODEC.encode(event, keyField) };
}
