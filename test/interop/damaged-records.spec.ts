import { type BodyCodec, bodyCodec, type BodyReader, bodyReader, compileSchema } from 'nest-event-bus/avro';
import { UnusableRecordError } from 'nest-event-bus/core';
import { describe, expect, it } from 'vitest';
import { type GoldenRecord, goldenRecords } from '../support/golden-records.js';
import { samples } from '../support/openedx-catalog.js';
import { TEXT_VALUES } from '../support/openedx-values.js';

// The seed makes every run try the same bytes.
const SEED = 20_240_229;
const TRIES = 500;
const LIMIT_MS = 1000;

describe.each(goldenRecords('redis'))('the body of $name, damaged', (golden) => {
  it('is read or refused, and quickly, however it is damaged', () => {
    const outcomes = tryAll(golden, damagedBodies(golden.body));
    expect(outcomes.slowestMs).toBeLessThan(LIMIT_MS);
    // With too few refusals, the damage would prove nothing.
    expect(outcomes.refused).toBeGreaterThan(TRIES / 20);
  });

  it('is refused wherever it is cut off', () => {
    const cuts = Array.from({ length: Math.min(golden.body.length, TRIES) }, (_, n) => golden.body.subarray(0, n));
    expect(tryAll(golden, cuts)).toMatchObject({ read: 0, refused: cuts.length });
  });
});

it('does not believe lengths that would take gigabytes or years', () => {
  const schema = (type: unknown) => JSON.stringify({ type: 'record', name: 'E', fields: [{ name: 'f', type }] });
  const types = [
    'string',
    'bytes',
    { type: 'array', items: 'string' },
    { type: 'array', items: 'boolean' },
    { type: 'map', values: 'double' },
  ];
  for (const type of types) {
    const codec = bodyCodec('e.v1', compileSchema(schema(type)));
    for (let bits = 20; bits < 63; bits++) {
      const before = process.memoryUsage().rss;
      const started = performance.now();
      expect(() => codec.decode(Buffer.concat([varint(2n ** BigInt(bits)), Buffer.alloc(16)]))).toThrow(
        UnusableRecordError,
      );
      expect(performance.now() - started).toBeLessThan(LIMIT_MS);
      expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000);
    }
  }
});

it('does not add up an integer that never ends', () => {
  const codec = bodyCodec(
    'e.v1',
    compileSchema('{"type": "record", "name": "E", "fields": [{"name": "f", "type": "long"}]}'),
  );
  const started = performance.now();
  expect(() => codec.decode(Buffer.concat([Buffer.alloc(4_000_000, 0xff), Buffer.from([0])]))).toThrow(
    UnusableRecordError,
  );
  expect(performance.now() - started).toBeLessThan(LIMIT_MS);
});

describe('a hundred thousand damaged bodies', () => {
  const subjects = [...everyEvent(), ...nested()];
  const each = Math.ceil(100_000 / subjects.length);

  it('are each read as data that fit, or refused, without taking long or much memory', () => {
    const random = generator(SEED);
    const outcomes = { read: 0, refused: 0, slowestMs: 0 };
    const before = process.memoryUsage().rss;
    for (const { codec, reader, body } of subjects) {
      for (let n = 0; n < each; n++) {
        const damaged = damage(body, random);
        const started = performance.now();
        tryOne({ codec, reader }, damaged, outcomes);
        outcomes.slowestMs = Math.max(outcomes.slowestMs, performance.now() - started);
      }
    }
    expect(outcomes.read + outcomes.refused).toBeGreaterThanOrEqual(100_000);
    // With too few of either, the damage would prove nothing.
    expect(Math.min(outcomes.read, outcomes.refused)).toBeGreaterThan(10_000);
    expect(outcomes.slowestMs).toBeLessThan(LIMIT_MS);
    expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000);
  });

  it('nested more deeply than the stack are refused, whether they are read or passed over', () => {
    const node = { type: 'record', name: 'Node', fields: [{ name: 'next', type: ['null', 'Node'] }] };
    const list = { type: 'record', name: 'List', fields: [{ name: 'items', type: { type: 'array', items: 'List' } }] };
    for (const type of [node, list]) {
      const writer = recordSchema([{ name: 'deep', type }]);
      const reader = recordSchema([{ name: 'n', type: 'long', default: 0 }]);
      for (const read of [
        bodyReader('e.v1', { writer, reader: writer }),
        bodyReader('e.v1', { writer, reader: recordSchema([{ name: 'deep', type }, NEW]) }),
        bodyReader('e.v1', { writer, reader }),
      ]) {
        expect(() => read(Buffer.alloc(2_000_000, 2))).toThrow(UnusableRecordError);
      }
    }
  });
});

interface Subject {
  readonly codec: BodyCodec;
  /** A reader with a newer schema: one more field, and only the first of the old ones. */
  readonly reader: BodyReader;
  readonly body: Buffer;
}

interface Field {
  readonly name: string;
  readonly type: unknown;
  readonly default?: unknown;
}

const NEW: Field = { name: 'new', type: 'string', default: '' };

function everyEvent(): readonly Subject[] {
  const texts: Readonly<Record<string, unknown>> = {
    int: 2 ** 40,
    float: 0.1,
    bool: true,
    'list[int]': [1, 2, 3],
    'list[str]': ['a', 'ü'],
    'dict[str, str]': { b: '1', 10: '2' },
  };
  const values = (declared: string) =>
    texts[declared] ?? (declared in TEXT_VALUES ? 'course-v1:edX+DemoX+2026' : 'Zoë');
  return samples({ values, optionalFields: true }).map(({ schema, data }) => subject(schema, data));
}

/** Shapes that no Open edX event has. */
function nested(): readonly Subject[] {
  const node = { type: 'record', name: 'Node', fields: [{ name: 'next', type: ['null', 'Node'] }] };
  const point = { type: 'record', name: 'Point', fields: ['x', 'y'].map((name) => ({ name, type: 'double' })) };
  const kind = { type: 'enum', name: 'Kind', symbols: ['A', 'B'] };
  const fixed = { type: 'fixed', name: 'Hash', size: 4 };
  const array = (items: unknown) => ({ type: 'array', items });
  const map = (values: unknown) => ({ type: 'map', values });
  const cases: readonly (readonly [type: unknown, value: unknown])[] = [
    [node, { next: { next: { next: null } } }],
    [array(array(array('long'))), [[[1], []], [[2, 3]]]],
    [map(array(map('string'))), { a: [{ b: 'c' }], d: [] }],
    [
      array(point),
      [
        { x: 1, y: 2 },
        { x: 3, y: 4 },
      ],
    ],
    [array(['null', 'string', 'long', point]), [null, 'a', 1, { x: 1, y: 2 }]],
    [array('bytes'), [Buffer.from('ab'), Buffer.alloc(0)]],
    [array(kind), ['A', 'B']],
    [array(fixed), [Buffer.alloc(4), Buffer.alloc(4, 1)]],
    [array('float'), [0.5, 1]],
    [array('int'), [1, -1, 2 ** 31 - 1]],
  ];
  return cases.map(([type, value]) =>
    subject(
      recordSchema([
        { name: 'first', type: 'string' },
        { name: 'f', type },
      ]),
      { first: 'x', f: value },
    ),
  );
}

function subject(schema: string, data: unknown): Subject {
  const { fields } = JSON.parse(schema) as { readonly fields: readonly Field[] };
  const codec = bodyCodec('e.v1', compileSchema(schema));
  const newer = recordSchema([NEW, ...fields.filter(({ name }) => fields.length === 1 || name === 'first')]);
  return { codec, reader: bodyReader('e.v1', { writer: schema, reader: newer }), body: codec.encode(data) };
}

function recordSchema(fields: readonly Field[]): string {
  return JSON.stringify({ type: 'record', name: 'CloudEvent', fields });
}

function tryOne(
  { codec, reader }: Omit<Subject, 'body'>,
  body: Buffer,
  outcomes: { read: number; refused: number },
): void {
  let data: unknown;
  try {
    data = codec.decode(body);
    outcomes.read += 1;
  } catch (error) {
    if (!(error instanceof UnusableRecordError)) throw error;
    outcomes.refused += 1;
    data = undefined;
  }
  // If it was read, it matches the schema.
  if (data !== undefined) codec.encode(data);
  try {
    reader(body);
  } catch (error) {
    if (!(error instanceof UnusableRecordError)) throw error;
  }
}

/** The body with one to three kinds of damage. */
function damage(body: Buffer, random: (below: number) => number): Buffer {
  let damaged: Buffer = Buffer.from(body);
  for (let times = 1 + random(3); times > 0; times--) {
    const at = random(damaged.length);
    const end = at + random(damaged.length - at + 1);
    const kinds = [
      () => put(damaged, at, (damaged[at] ?? 0) ^ (1 << random(8))),
      () => put(damaged, at, random(256)),
      () => damaged.subarray(0, at),
      () => spliced(damaged, at, at + 1, varint(2n ** BigInt(random(64)) - BigInt(random(2)))),
      () => spliced(damaged, at, at + 1, varint(-(2n ** BigInt(random(63))))),
      () => spliced(damaged, at, end, Buffer.alloc(0)),
      () => spliced(damaged, at, at, damaged.subarray(at, end)),
      () => spliced(damaged, at, damaged.length, Buffer.from(Array.from({ length: end - at }, () => random(256)))),
      () => spliced(damaged, at, at, Buffer.alloc(1 + random(300), [0, 2, 0x80, 0xff][random(4)])),
    ];
    damaged = kinds[random(kinds.length)]?.() ?? damaged;
  }
  return damaged;
}

function put(body: Buffer, at: number, byte: number): Buffer {
  if (at < body.length) body[at] = byte;
  return body;
}

function spliced(body: Buffer, start: number, end: number, by: Uint8Array): Buffer {
  return Buffer.concat([body.subarray(0, start), by, body.subarray(end)]);
}

function tryAll(golden: GoldenRecord, bodies: Iterable<Buffer>) {
  const codec = bodyCodec(golden.type, compileSchema(golden.schema));
  const outcomes = { read: 0, refused: 0, slowestMs: 0 };
  for (const body of bodies) {
    const started = performance.now();
    try {
      codec.decode(body);
      outcomes.read += 1;
    } catch (error) {
      expect(error, body.toString('hex')).toBeInstanceOf(UnusableRecordError);
      outcomes.refused += 1;
    }
    outcomes.slowestMs = Math.max(outcomes.slowestMs, performance.now() - started);
  }
  return outcomes;
}

function* damagedBodies(body: Buffer): Iterable<Buffer> {
  const random = generator(SEED);
  for (let n = 0; n < TRIES; n++) {
    const damaged = Buffer.from(body);
    const at = random(body.length);
    // A flipped bit, a random byte, a forged length, or random bytes to the end.
    if (n % 4 === 0) damaged[at] = (damaged[at] ?? 0) ^ (1 << random(8));
    if (n % 4 === 1) damaged[at] = random(256);
    if (n % 4 === 2)
      yield Buffer.concat([
        body.subarray(0, at),
        varint(2n ** BigInt(random(64)) - BigInt(random(2))),
        body.subarray(at + 1),
      ]);
    if (n % 4 === 3) for (let i = at; i < damaged.length; i++) damaged[i] = random(256);
    if (n % 4 !== 2) yield damaged;
  }
}

/** The encoded bytes of a count or a length. */
function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value < 0n ? value * -2n - 1n : value * 2n;
  for (; rest >= 128n; rest /= 128n) bytes.push(Number(rest % 128n) + 128);
  return Buffer.from([...bytes, Number(rest)]);
}

/** The generator of Park and Miller. It returns the same numbers in every run. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return Math.floor((state / 2_147_483_647) * below);
  };
}
