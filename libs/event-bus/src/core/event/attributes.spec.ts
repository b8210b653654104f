import { describe, expect, it } from 'vitest';
import { attributeHeaders, CLOUD_EVENTS_NAMES, cloudEventsHeaders, newMetadata } from './attributes.js';
import { InvalidEventError, UnusableRecordError } from '../errors.js';
import type { Headers } from '../backend.js';
import type { EventMetadata } from './event.js';
import { attributeReader } from './read-attributes.js';

const METADATA: EventMetadata = {
  type: 'org.example.thing.happened.v1',
  id: '0000000d-1111-11f1-8000-0242ac110002',
  minorversion: 0,
  source: 'openedx/школа/web',
  sourcehost: 'höst',
  time: '2024-02-29T12:35:08.789012+00:00',
  sourcelib: [10, 5, 0],
};

const RECORD = cloudEventsHeaders(METADATA);

/** Kept over all cases, as a codec keeps it. */
const READER = attributeReader(CLOUD_EVENTS_NAMES);

describe('cloudEventsHeaders', () => {
  it('writes the ten headers of the Python producer in its order', () => {
    expect(RECORD.map(([name, value]) => [name, Buffer.from(value ?? []).toString()])).toEqual([
      ['ce_specversion', '1.0'],
      ['content-type', 'application/avro'],
      ['ce_datacontenttype', 'application/avro'],
      ['ce_type', 'org.example.thing.happened.v1'],
      ['ce_id', '0000000d-1111-11f1-8000-0242ac110002'],
      ['ce_source', 'openedx/школа/web'],
      ['ce_time', '2024-02-29T12:35:08.789012+00:00'],
      ['ce_minorversion', '0'],
      ['sourcehost', 'höst'],
      ['sourcelib', '10.5.0'],
    ]);
  });

  it.each([
    [{ id: 'nonsense' }, 'org.example.thing.happened.v1: the attribute "id" is not a UUID.'],
    [
      { minorversion: 1.5 },
      'org.example.thing.happened.v1: the attribute "minorversion" is not a number in decimal digits.',
    ],
    [
      { minorversion: -1 },
      'org.example.thing.happened.v1: the attribute "minorversion" is not a number in decimal digits.',
    ],
    [
      { sourcelib: [] },
      'org.example.thing.happened.v1: the attribute "sourcelib" is not a list of numbers such as 10.5.0.',
    ],
    [
      { sourcelib: [1, NaN] },
      'org.example.thing.happened.v1: the attribute "sourcelib" is not a list of numbers such as 10.5.0.',
    ],
    [
      { time: '2024-02-29T12:35:08' },
      'org.example.thing.happened.v1: the attribute "time" is not a time in UTC such as 2024-02-29T12:34:56.789012+00:00.',
    ],
  ])('refuses %j, which no consumer could read', (wrong, message) => {
    expect(() => cloudEventsHeaders({ ...METADATA, ...wrong })).toThrow(new InvalidEventError(message));
  });

  it('writes what is undefined not at all', () => {
    const bare = {
      ...METADATA,
      source: undefined,
      sourcehost: undefined,
      time: undefined,
      minorversion: undefined,
      sourcelib: undefined,
    };
    expect(attributeHeaders(bare, CLOUD_EVENTS_NAMES).map(([name]) => name)).toEqual(['ce_type', 'ce_id']);
  });
});

describe('metadata of a record', () => {
  it('reads back what was written', () => {
    expect(READER.metadata(RECORD)).toEqual(METADATA);
    expect(READER.type(RECORD)).toBe(METADATA.type);
  });

  it('reads the same attributes under other names', () => {
    const plain = {
      type: 'type',
      id: 'id',
      source: 'source',
      time: 'time',
      minorversion: 'minorversion',
      sourcehost: 'sourcehost',
      sourcelib: 'sourcelib',
    };
    expect(attributeReader(plain).metadata(attributeHeaders(METADATA, plain))).toEqual(METADATA);
  });

  it('leaves undefined what is missing, and fills nothing in', () => {
    const headers = RECORD.filter(([name]) => name === 'ce_type' || name === 'ce_id');
    expect(READER.metadata(headers)).toStrictEqual({
      type: METADATA.type,
      id: METADATA.id,
      minorversion: undefined,
      source: undefined,
      sourcehost: undefined,
      time: undefined,
      sourcelib: undefined,
    });
  });

  it('does not look at other headers', () => {
    const others: Headers = [
      ['x', null],
      ['x', Buffer.from([0xff])],
      ['CE_ID', null],
      ['content-type', null],
      ...RECORD,
    ];
    expect(READER.metadata(others)).toEqual(METADATA);
  });

  it('gives each record its own, whatever those before had', () => {
    const others = [{ ...METADATA, type: 'other.v1', sourcelib: [10, 5, 1], minorversion: 1, source: 'x' }, METADATA];
    for (const each of [...others, ...others]) expect(READER.metadata(cloudEventsHeaders(each))).toEqual(each);
    expect(() => READER.metadata(replace('sourcelib', Buffer.from('10.5.x')))).toThrow(UnusableRecordError);
    expect(() => READER.metadata(replace('sourcelib', Buffer.from('10.5.x')))).toThrow(UnusableRecordError);
    expect(READER.metadata(RECORD)).toEqual(METADATA);
  });

  it('gives out no list that the next event would have changed', () => {
    expect(READER.metadata(RECORD).sourcelib).toSatisfy(Object.isFrozen);
  });

  it('gives an id in upper case in lower case, and takes any version', () => {
    const id = 'ABCDEF01-2345-F789-0BCD-EF0123456789';
    expect(READER.metadata(replace('ce_id', Buffer.from(id))).id).toBe(id.toLowerCase());
  });

  it('gives a time in the wire form', () => {
    const headers = replace('ce_time', Buffer.from('2024-02-29T12:35:08.7890129Z'));
    expect(READER.metadata(headers).time).toBe('2024-02-29T12:35:08.789012+00:00');
  });

  it.each([
    ['ce_id', '0000000d111111f180000242ac110002', 'The attribute "id" (header ce_id) is not a UUID.'],
    ['ce_id', '', 'The attribute "id" (header ce_id) is not a UUID.'],
    [
      'ce_time',
      '2024-02-30T00:00:00Z',
      'The attribute "time" (header ce_time) is not a time in UTC such as 2024-02-29T12:34:56.789012+00:00.',
    ],
    [
      'ce_minorversion',
      'one',
      'The attribute "minorversion" (header ce_minorversion) is not a number in decimal digits.',
    ],
    ['ce_minorversion', '', 'The attribute "minorversion" (header ce_minorversion) is not a number in decimal digits.'],
    ['sourcelib', '10.5.x', 'The attribute "sourcelib" (header sourcelib) is not a list of numbers such as 10.5.0.'],
    ['sourcelib', '10..0', 'The attribute "sourcelib" (header sourcelib) is not a list of numbers such as 10.5.0.'],
    ['ce_type', '', 'The attribute "type" (header ce_type) is empty.'],
  ])('refuses %s: %j', (name, text, message) => {
    expect(() => READER.metadata(replace(name, Buffer.from(text)))).toThrow(new UnusableRecordError(message));
  });

  it.each(Object.entries(CLOUD_EVENTS_NAMES))(
    'refuses %s twice, without a value, and when it is not UTF-8',
    (attribute, name) => {
      const place = `The attribute "${attribute}" (header ${name})`;
      const read = (headers: Headers) => () => READER.metadata(headers);
      expect(read([...RECORD, ...RECORD.filter((header) => header[0] === name)])).toThrow(
        new UnusableRecordError(`${place} appears twice.`),
      );
      expect(read(replace(name, null))).toThrow(new UnusableRecordError(`${place} has no value.`));
      expect(read(replace(name, Buffer.from([0x61, 0xff])))).toThrow(new UnusableRecordError(`${place} is not UTF-8.`));
    },
  );

  it.each([
    ['type', 'ce_type'],
    ['id', 'ce_id'],
  ])('refuses a record without %s', (attribute, name) => {
    const headers = RECORD.filter((header) => header[0] !== name);
    const message = `The attribute "${attribute}" (header ${name}) is missing.`;
    expect(() => READER.metadata(headers)).toThrow(new UnusableRecordError(message));
  });
});

describe('type of a record', () => {
  it.each([
    [RECORD.filter(([name]) => name !== 'ce_type'), 'The attribute "type" (header ce_type) is missing.'],
    [[...RECORD, ...RECORD], 'The attribute "type" (header ce_type) appears twice.'],
    [replace('ce_type', null), 'The attribute "type" (header ce_type) has no value.'],
  ])('refuses a type that is not there once (%#)', (headers, message) => {
    expect(() => READER.type(headers)).toThrow(new UnusableRecordError(message));
  });

  it('does not mind other attributes', () => {
    expect(READER.type(replace('ce_id', null))).toBe(METADATA.type);
  });
});

describe('newMetadata', () => {
  it('fills in every attribute, in forms that consumers read', () => {
    const metadata = newMetadata({ type: METADATA.type, minorversion: 2, service: 'shop' });
    expect(metadata).toMatchObject({ type: METADATA.type, minorversion: 2, source: 'openedx/shop/web' });
    expect(metadata.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(metadata.sourcehost).not.toBe('');
    expect(metadata.sourcelib).toHaveLength(3);
    expect(READER.metadata(cloudEventsHeaders(metadata))).toEqual(metadata);
  });

  it('gives each event an id of its own', () => {
    const one = newMetadata({ type: 'a', minorversion: 0 });
    expect(newMetadata({ type: 'a', minorversion: 0 }).id).not.toBe(one.id);
    expect(one.source).toBe('openedx/SERVICE_NAME_UNSET/web');
  });

  it('takes the time of the event as a date or as a text with microseconds', () => {
    const at = (time: Date | string) => newMetadata({ type: 'a.v1', minorversion: 0, time }).time;
    expect(at(new Date('2020-01-02T03:04:05Z'))).toBe('2020-01-02T03:04:05+00:00');
    expect(at('2020-01-02T03:04:05.000006Z')).toBe('2020-01-02T03:04:05.000006+00:00');
    expect(() => at('yesterday')).toThrow(InvalidEventError);
  });
});

function replace(name: string, value: Uint8Array | null): Headers {
  return RECORD.map((header) => (header[0] === name ? [name, value] : header));
}
