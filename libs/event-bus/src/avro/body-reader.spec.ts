import { describe, expect, it } from 'vitest';
import { UnusableRecordError } from '../core/errors.js';
import { bodyCodec } from './body.js';
import { bodyReader } from './body-reader.js';
import { compileSchema } from './compile.js';

const NAME = 'org.example.v1';

interface Field {
  readonly name: string;
  readonly type: unknown;
  readonly default?: unknown;
}

describe('bodyReader', () => {
  it('leaves out what it does not know, at every level', () => {
    const writer = [
      of('extra', 'string'),
      of('user', record('User', of('id', 'long'), of('age', 'long'))),
      of('n', 'long'),
    ];
    const reader = [of('n', 'long'), of('user', record('User', of('id', 'long')))];
    const data = { extra: 'x', user: { id: 2n ** 60n, age: 30 }, n: 1 };
    expect(read(writer, reader, data)).toStrictEqual({ n: 1, user: { id: 2n ** 60n } });
  });

  it('takes its default for what the writer did not know', () => {
    const reader = [
      of('a', 'string'),
      optional('o', 'string'),
      of('text', 'string', ''),
      of('number', 'long', 5),
      of('flag', 'boolean', true),
      of('list', { type: 'array', items: 'long' }, []),
      of('map', { type: 'map', values: 'string' }, { k: 'v' }),
      of('user', record('User', of('name', 'string')), { name: 'nobody' }),
    ];
    const user = { name: 'nobody' };
    const defaults = { o: null, text: '', number: 5, flag: true, list: [], map: { k: 'v' }, user };
    expect(read([of('a', 'string')], reader, { a: 'x' })).toStrictEqual({ a: 'x', ...defaults });
  });

  it('does not let two events share a default', () => {
    const reading = bodyReader(NAME, {
      writer: schemaOf([]),
      reader: schemaOf([of('list', { type: 'array', items: 'long' }, [1])]),
    });
    const first = reading(Buffer.alloc(0)) as { list: number[] };
    first.list.push(2);
    expect(reading(Buffer.alloc(0))).toEqual({ list: [1] });
  });

  // The Python consumer replaces these values with the default.
  it.each<[string, unknown, unknown, unknown]>([
    ['an empty text', 'string', 'default', ''],
    ['zero', 'long', 7, 0],
    ['zero of a fraction', 'double', 0.5, 0],
    ['false', 'boolean', true, false],
    ['an empty list', { type: 'array', items: 'string' }, ['x'], []],
    ['an empty map', { type: 'map', values: 'string' }, { k: 'v' }, {}],
  ])('keeps %s that was written, whatever the default', (_, type, value, written) => {
    expect(
      read([of('f', type, value)], [of('more', 'string', ''), of('f', type, value)], { f: written }),
    ).toStrictEqual({
      more: '',
      f: written,
    });
    expect(read([of('f', type)], [of('f', [type, 'null'], value)], { f: written })).toStrictEqual({ f: written });
    expect(read([optional('f', type)], [of('f', [type, 'null'], value)], { f: written })).toStrictEqual({ f: written });
    expect(read([optional('f', type)], [of('f', [type, 'null'], value)], { f: null })).toStrictEqual({ f: null });
  });

  it('goes by the names of fields, not by their order', () => {
    const writer = [of('key', 'string'), of('type', 'string'), of('source', 'string')];
    const reader = [of('key', 'string'), of('type', 'string'), optional('version', 'string'), of('source', 'string')];
    expect(read(writer, reader, { key: 'k', type: 't', source: 's' })).toStrictEqual({
      key: 'k',
      type: 't',
      version: null,
      source: 's',
    });
  });

  it.each<[unknown, unknown, unknown, unknown]>([
    ['int', 'long', -5, -5],
    ['int', 'double', -5, -5],
    ['long', 'double', 2 ** 40, 2 ** 40],
    ['long', 'double', 2n ** 60n, 2 ** 60],
    ['float', 'double', 0.5, 0.5],
    ['bytes', 'string', Buffer.from('Zoë'), 'Zoë'],
    ['string', ['null', 'string'], 'x', 'x'],
    [{ type: 'array', items: 'int' }, { type: 'array', items: 'long' }, [1, -1], [1, -1]],
    [{ type: 'map', values: 'int' }, { type: 'map', values: 'long' }, { a: 1 }, { a: 1 }],
    [['null', 'int'], ['null', 'double'], 3, 3],
  ])('reads %j as %j', (from, to, written, given) => {
    expect(read([of('f', from)], [of('f', to)], { f: written })).toStrictEqual({ f: given });
  });

  it('reads another namespace', () => {
    const reading = bodyReader(NAME, {
      writer: schemaOf([of('user', record('User', of('id', 'long')))], 'org.a-b.v1'),
      reader: schemaOf([of('user', record('User', of('id', 'long')))], 'org.c.v1'),
    });
    expect(reading(Buffer.from([2]))).toEqual({ user: { id: 1 } });
  });

  it.each<[string, readonly Field[], readonly Field[], string]>([
    [
      'another type',
      [of('user', record('User', of('id', 'string')))],
      [of('user', record('User', of('id', 'long')))],
      'CloudEvent.user.id: the publisher writes string, this service reads long',
    ],
    [
      'another type of an item',
      [of('ids', { type: 'array', items: 'string' })],
      [of('ids', { type: 'array', items: 'long' })],
      'CloudEvent.ids[*]: the publisher writes string, this service reads long',
    ],
    [
      'a new field without a default, and all other problems',
      [of('user', record('User', of('id', 'string')))],
      [of('user', record('User', of('id', 'long'), of('email', 'string')))],
      'CloudEvent.user.id: the publisher writes string, this service reads long; ' +
        'CloudEvent.user.email: this service needs the field, the publisher does not write it, and it has no default',
    ],
    [
      'null that is not taken',
      [optional('note', 'string')],
      [of('note', 'string')],
      'CloudEvent.note: the publisher writes null, this service reads string',
    ],
    [
      'within an optional record',
      [optional('user', record('User', of('id', 'string')))],
      [optional('user', record('User', of('id', 'long')))],
      'CloudEvent.user.id: the publisher writes string, this service reads long',
    ],
  ])('refuses %s, naming the field', (_, writer, reader, reason) => {
    expect(() => bodyReader(NAME, { writer: schemaOf(writer), reader: schemaOf(reader) })).toThrow(
      new UnusableRecordError(
        `${NAME}: the body cannot be read: the publisher's schema is not compatible with the schema of this service: ${reason}.`,
      ),
    );
  });

  it('refuses a body that ends early or pretends to be endless, and ignores what follows it', () => {
    const list = of('list', { type: 'array', items: 'long' });
    const reading = bodyReader(NAME, { writer: schemaOf([of('s', 'string'), list]), reader: schemaOf([list]) });
    expect(() => reading(Buffer.from([0, 2]))).toThrow(UnusableRecordError);
    expect(() => reading(Buffer.from([0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0]))).toThrow(UnusableRecordError);
    expect(() => reading(Buffer.from([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0]))).toThrow(
      UnusableRecordError,
    );
    expect(reading(Buffer.from([0, 2, 2, 0, 9, 9]))).toEqual({ list: [1] });
  });

  const forged = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
  it.each<[string, unknown, readonly number[]]>([
    ['a list of 2^62 items', { type: 'array', items: 'boolean' }, forged],
    ['a list of -2^62 items', { type: 'array', items: 'boolean' }, [0xff, ...forged.slice(1), 2]],
    ['a list whose block ends before it begins', { type: 'array', items: 'string' }, [1, 5]],
    ['a map of 2^62 entries', { type: 'map', values: 'long' }, forged],
    ['a map whose block ends before it begins', { type: 'map', values: 'long' }, [1, 5]],
    ['a text of 2^62 bytes', 'string', forged],
    ['a text of negative length', 'string', [1]],
    ['bytes of 2^62', 'bytes', forged],
    ['an integer that never ends', 'long', new Array<number>(400).fill(0x80)],
  ])('refuses %s in what it leaves out', (_, type, bytes) => {
    const reading = bodyReader(NAME, {
      writer: schemaOf([of('unknown', type), of('n', 'long')]),
      reader: schemaOf([of('n', 'long')]),
    });
    expect(() => reading(Buffer.from([...bytes, 2]))).toThrow(UnusableRecordError);
  });

  it('passes over lists and maps in blocks, with and without a size', () => {
    const unknown = [of('list', { type: 'array', items: 'long' }), of('map', { type: 'map', values: 'string' })];
    const reading = bodyReader(NAME, {
      writer: schemaOf([...unknown, of('n', 'long')]),
      reader: schemaOf([of('n', 'long')]),
    });
    const list = [2, 2, 3, 4, 4, 6, 0];
    const map = [2, 2, 0x61, 2, 0x62, 1, 8, 2, 0x63, 2, 0x64, 0];
    expect(reading(Buffer.from([...list, ...map, 14]))).toEqual({ n: 7 });
  });
});

function read(writer: readonly Field[], reader: readonly Field[], data: unknown): unknown {
  const body = bodyCodec(NAME, compileSchema(schemaOf(writer))).encode(data);
  return bodyReader(NAME, { writer: schemaOf(writer), reader: schemaOf(reader) })(body);
}

function of(name: string, type: unknown, value?: unknown): Field {
  return value === undefined ? { name, type } : { name, type, default: value };
}

function optional(name: string, type: unknown): Field {
  return { name, type: ['null', type], default: null };
}

function record(name: string, ...fields: readonly Field[]) {
  return { type: 'record', name, fields };
}

function schemaOf(fields: readonly Field[], namespace = NAME): string {
  return JSON.stringify({ ...record('CloudEvent', ...fields), namespace });
}
