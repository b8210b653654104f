import { describe, expect, it } from 'vitest';
import { InvalidEventError, UnusableRecordError } from '../core/errors.js';
import { type BodyCodec, bodyCodec, readBody } from './body.js';
import { compileSchema } from './compile.js';

const NAME = 'org.example.v1';

describe('encode', () => {
  it('writes a missing, undefined or null optional field as null', () => {
    const codec = codecOf({ a: ['null', 'string'] }, { a: null });
    for (const data of [{}, { a: undefined }, { a: null }]) expect(codec.encode(data)).toEqual(Buffer.from([0]));
    expect(codec.encode({ a: '' })).toEqual(Buffer.from([2, 0]));
  });

  it('writes lists and maps as one block, maps in code point order', () => {
    const codec = codecOf({ list: { type: 'array', items: 'long' }, map: { type: 'map', values: 'long' } });
    expect(codec.encode({ list: [], map: {} })).toEqual(Buffer.from([0, 0]));
    const map = { 9: 1, 10: 2, '～': 3, '😀': 4, a: 5, '': 6 };
    const inOrder = [
      2,
      ...entry('', 6),
      ...entry('10', 2),
      ...entry('9', 1),
      ...entry('a', 5),
      ...entry('～', 3),
      ...entry('😀', 4),
      0,
    ];
    expect(codec.encode({ list: [1], map })).toEqual(Buffer.from([2, 2, 0, 12, ...inOrder.slice(1)]));
  });

  it('keeps a key __proto__ of a map, and leaves prototypes alone', () => {
    const codec = codecOf({ map: { type: 'map', values: 'string' } });
    const data = { map: JSON.parse('{"__proto__":"x","constructor":"y"}') as unknown };
    const decoded = codec.decode(codec.encode(data)) as typeof data;
    expect(Object.entries(decoded.map as object)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
    expect(Object.getPrototypeOf(decoded.map)).toBe(Object.prototype);
  });

  it('takes an integer, NaN and infinities for a double', () => {
    const codec = codecOf({ d: 'double' });
    for (const d of [5, -0, NaN, Infinity, -Infinity, 0.1]) expect(codec.decode(codec.encode({ d }))).toEqual({ d });
  });

  it('takes instances of classes', () => {
    class Course {
      constructor(readonly key: string) {}
    }
    expect(codecOf({ key: 'string' }).encode(new Course('k'))).toEqual(Buffer.from([2, 0x6b]));
  });

  it('writes bodies of more than a kilobyte', () => {
    const codec = codecOf({ s: 'string', map: { type: 'map', values: 'string' } });
    const data = { s: 'ü'.repeat(70_000), map: { b: 'x'.repeat(5000), a: 'y' } };
    expect(codec.decode(codec.encode(data))).toEqual(data);
  });

  const nested = { type: 'record', name: 'Pii', fields: [{ name: 'username', type: 'string' }] };
  it.each<[string, Fields, unknown, string]>([
    [
      'another type',
      { user: record('User', { pii: nested }) },
      { user: { pii: { username: 5 } } },
      'user.pii.username: expected string, got number.',
    ],
    [
      'a missing field',
      { user: record('User', { pii: nested }) },
      { user: { pii: {} } },
      'user.pii.username: expected string, got nothing.',
    ],
    ['null for a required field', { s: 'string' }, { s: null }, 's: expected string, got null.'],
    [
      'an undeclared field',
      { pii: nested },
      { pii: { username: 'u', email: 'e', age: 3 } },
      'pii: undeclared "email", "age".',
    ],
    [
      'an undeclared field named like a method',
      { s: 'string' },
      { s: '', constructor: 1 },
      'undeclared "constructor".',
    ],
    ['no data', { s: 'string' }, undefined, 'expected an object, got nothing.'],
    ['a list for a record', { pii: nested }, { pii: ['u'] }, 'pii: expected an object, got array.'],
    ['a date for a string', { s: 'string' }, { s: new Date() }, 's: expected string, got Date.'],
    ['a date for a record', {}, new Date(), 'expected an object, got Date.'],
    ['a Map for a map', { m: { type: 'map', values: 'long' } }, { m: new Map() }, 'm: expected an object, got Map.'],
    ['a bigint for a double', { d: 'double' }, { d: 5n }, 'd: expected double, got bigint.'],
    ['a number for a boolean', { b: 'boolean' }, { b: 1 }, 'b: expected boolean, got number.'],
    ['a boolean for a long', { n: 'long' }, { n: true }, 'n: expected long, got boolean.'],
    ['a fraction for a long', { n: 'long' }, { n: 0.5 }, 'n: expected long, got a number that is not an integer.'],
    ['NaN for a long', { n: 'long' }, { n: NaN }, 'n: expected long, got a number that is not an integer.'],
    ['65 bits', { n: 'long' }, { n: 2n ** 63n }, 'n: expected long, got an integer beyond 64 bits.'],
    [
      'a rounded number',
      { n: 'long' },
      { n: 2 ** 53 },
      'n: expected long, got a number beyond 2^53, where numbers are rounded: use a bigint.',
    ],
    [
      'a lone surrogate',
      { s: 'string' },
      { s: 'a\ud800' },
      's: expected string, got one with a lone surrogate, which UTF-8 cannot hold.',
    ],
    [
      'a lone surrogate in a key',
      { m: { type: 'map', values: 'long' } },
      { m: { '\udc00': 1 } },
      'm[*]: a key has a lone surrogate.',
    ],
    ['an item', { list: { type: 'array', items: 'long' } }, { list: [1, 'x'] }, 'list[1]: expected long, got string.'],
    [
      'a hole',
      { list: { type: 'array', items: 'long' } },
      { list: new Array(1) },
      'list[0]: expected long, got nothing.',
    ],
    [
      'a value of a map',
      { m: { type: 'map', values: { type: 'array', items: 'long' } } },
      { m: { secret: [null] } },
      'm[*][0]: expected long, got null.',
    ],
    ['an optional field', { o: ['null', 'long'] }, { o: 'secret' }, 'o: expected long, got string.'],
    [
      'inside an optional record',
      { o: ['null', nested] },
      { o: { username: 1 } },
      'o.username: expected string, got number.',
    ],
    [
      'a union of several',
      { o: ['null', 'string', 'long'] },
      { o: true },
      'o: expected null or string or long, got boolean.',
    ],
    ['bytes given as text', { b: 'bytes' }, { b: 'secret' }, 'b: expected bytes, got string.'],
  ])('refuses %s, naming the field and never the value', (_, fields, data, message) => {
    expect(() => codecOf(fields).encode(data)).toThrow(new InvalidEventError(`${NAME}: ${message}`));
  });

  it('refuses data that contain themselves', () => {
    const codec = codecOf({ node: record('Node', { next: ['null', 'Node'] }) });
    const node: { next: unknown } = { next: null };
    node.next = node;
    expect(() => codec.encode({ node })).toThrow(
      new InvalidEventError(
        `${NAME}: the data cannot be written by its schema: it contains itself or is nested too deeply.`,
      ),
    );
  });
});

describe('decode', () => {
  it('gives plain objects, equal to JSON', () => {
    const codec = codecOf(
      { user: record('User', { id: 'long', tags: { type: 'array', items: 'string' } }), o: ['null', 'string'] },
      { o: null },
    );
    const decoded = codec.decode(codec.encode({ user: { id: 1, tags: ['a'] } })) as { user: object };
    expect(decoded).toStrictEqual({ user: { id: 1, tags: ['a'] }, o: null });
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(decoded.user)).toBe(Object.prototype);
    expect(JSON.stringify(decoded)).toBe('{"user":{"id":1,"tags":["a"]},"o":null}');
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('ignores bytes after the data', () => {
    expect(codecOf({ n: 'long' }).decode(Uint8Array.from([2, 9, 9]))).toEqual({ n: 1 });
  });

  it('reads lists and maps in blocks, with and without a size', () => {
    const codec = codecOf({ list: { type: 'array', items: 'long' }, map: { type: 'map', values: 'long' } });
    const list = [2, 2, 3, 4, 4, 6, 0];
    expect(codec.decode(Buffer.from([...list, ...[1, 6, ...entry('a', 1)], ...[2, ...entry('b', 2)], 0]))).toEqual({
      list: [1, 2, 3],
      map: { a: 1, b: 2 },
    });
  });

  it('reads through a resolver of another schema', () => {
    const writer = compileSchema(
      schemaOf({
        extra: 'string',
        list: { type: 'array', items: 'long' },
        m: { type: 'map', values: 'long' },
        s: 'string',
      }),
    );
    const reader = compileSchema(
      schemaOf(
        {
          s: 'string',
          list: { type: 'array', items: 'long' },
          m: { type: 'map', values: 'long' },
          o: ['null', 'long'],
        },
        { o: null },
      ),
    );
    const body = bodyCodec(NAME, writer).encode({ extra: 'x', list: [1, 2n ** 60n], m: { a: 1 }, s: 's' });
    const resolver = reader.createResolver(writer);
    expect(readBody(NAME, reader, body, resolver)).toStrictEqual({
      s: 's',
      list: [1, 2n ** 60n],
      m: { a: 1 },
      o: null,
    });
    const forged = Buffer.from([0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0]);
    expect(() => readBody(NAME, reader, forged, resolver)).toThrow(UnusableRecordError);
  });

  const forged = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
  const empty = record('Empty', {});
  it.each<[string, Fields, readonly number[], string]>([
    ['nothing', { n: 'long' }, [], 'the body ends before its data does'],
    ['half an integer', { n: 'long' }, [0x80], 'the body ends before its data does'],
    ['half a double', { d: 'double' }, [0, 0, 0], 'the body ends before its data does'],
    ['a string that is too long', { s: 'string' }, [4, 0x61], 'a string is longer than what is left of the body'],
    ['a string of negative length', { s: 'string' }, [1], 'a string is longer than what is left of the body'],
    ['a string of 2^62 bytes', { s: 'string' }, forged, 'a string is longer than what is left of the body'],
    [
      'a string whose length never ends',
      { s: 'string' },
      new Array<number>(400).fill(0x80),
      'a string is longer than what is left of the body',
    ],
    ['a string that is not UTF-8', { s: 'string' }, [2, 0xff], 'a string is not UTF-8'],
    [
      'a list of 2^62 items',
      { l: { type: 'array', items: 'long' } },
      forged,
      'an array or map is longer than what is left of the body',
    ],
    [
      'a list of -2^62 items',
      { l: { type: 'array', items: 'long' } },
      [0xff, ...forged.slice(1), 0],
      'an array or map is longer than what is left of the body',
    ],
    [
      'a list whose length never ends',
      { l: { type: 'array', items: 'long' } },
      new Array<number>(400).fill(0x80),
      'an array or map is longer than what is left of the body',
    ],
    [
      'a map of 2^62 items',
      { m: { type: 'map', values: 'long' } },
      forged,
      'an array or map is longer than what is left of the body',
    ],
    [
      'a list without an end',
      { l: { type: 'array', items: 'boolean' } },
      [2, 1],
      'an array or map is longer than what is left of the body',
    ],
    ['an unknown branch', { o: ['null', 'long'] }, [4], 'invalid union index: 2'],
    ['too many bytes', { b: 'bytes' }, forged, 'bytes are longer than what is left of the body'],
    ['an integer of 33 bits', { i: 'int' }, [0xfe, 0xff, 0xff, 0xff, 0x1f], 'an integer is longer than 32 bits'],
    ['an integer without end', { i: 'int' }, new Array<number>(400).fill(0x80), 'an integer is longer than 32 bits'],
    ['bytes of negative length', { b: 'bytes' }, [1], 'bytes are longer than what is left of the body'],
    [
      'bytes whose length never ends',
      { b: 'bytes' },
      new Array<number>(400).fill(0x80),
      'bytes are longer than what is left of the body',
    ],
  ])('refuses %s', (_, fields, bytes, reason) => {
    const decode = () => codecOf(fields).decode(Buffer.from(bytes));
    expect(decode).toThrow(UnusableRecordError);
    expect(decode).toThrow(
      `${NAME}: ${reason.startsWith('the body') ? '' : 'the body cannot be read by the schema: '}${reason}.`,
    );
  });

  it('reads bytes and fixed after a forged length as it did before', () => {
    const codec = codecOf({ b: 'bytes', f: { type: 'fixed', name: 'F', size: 2 } });
    const data = { b: Buffer.from('abc'), f: Buffer.from('de') };
    for (const forgery of [new Array<number>(400).fill(0x80), [...new Array<number>(400).fill(0xff), 1]]) {
      expect(() => codec.decode(Buffer.from(forgery))).toThrow(UnusableRecordError);
      expect(codec.decode(codec.encode(data))).toEqual(data);
    }
  });

  it('gives bytes of their own, not part of the body', () => {
    const codec = codecOf({ b: 'bytes' });
    const body = codec.encode({ b: Buffer.from('abc') });
    const { b } = codec.decode(body) as { b: Buffer };
    body.fill(0);
    expect(b.toString()).toBe('abc');
  });

  it('refuses data nested more deeply than the stack', () => {
    const codec = codecOf({ node: record('Node', { next: ['null', 'Node'] }) });
    expect(() => codec.decode(Buffer.alloc(1_000_000, 2))).toThrow(
      new UnusableRecordError(`${NAME}: the body cannot be read by the schema: it is nested too deeply.`),
    );
  });

  it('has no lists of items without bytes, whose number nothing would bound', () => {
    for (const items of ['null', empty, record('Outer', { inner: empty })]) {
      expect(() => codecOf({ l: { type: 'array', items } })).toThrow('an array has items that take no bytes');
    }
    expect(() => codecOf({ node: record('Node', { children: { type: 'array', items: 'Node' } }) })).not.toThrow();
  });
});

type Fields = Readonly<Record<string, unknown>>;

function codecOf(fields: Fields, defaults?: Fields): BodyCodec {
  return bodyCodec(NAME, compileSchema(schemaOf(fields, defaults)));
}

function schemaOf(fields: Fields, defaults: Fields = {}): string {
  return JSON.stringify({ ...record('CloudEvent', fields, defaults), namespace: NAME });
}

function record(name: string, fields: Fields, defaults: Fields = {}) {
  return {
    type: 'record',
    name,
    fields: Object.entries(fields).map(([field, type]) => ({
      name: field,
      type,
      ...(field in defaults ? { default: defaults[field] } : {}),
    })),
  };
}

function entry(key: string, value: number): number[] {
  return [Buffer.byteLength(key) * 2, ...Buffer.from(key), value * 2];
}
