import { bodyCodec, compileSchema } from 'nest-event-bus/avro';
import { UnusableRecordError } from 'nest-event-bus/core';
import { describe, expect, it } from 'vitest';
import { type GoldenRecord, goldenRecords } from '../support/golden-records.js';

// With these, every run tries the same bytes.
const SEED = 20_240_229;
const TRIES = 500;
const LIMIT_MS = 1000;

describe.each(goldenRecords('redis'))('the body of $name, damaged', (golden) => {
  it('is read or refused, and quickly, however it is damaged', () => {
    const outcomes = tryAll(golden, damagedBodies(golden.body));
    expect(outcomes.slowestMs).toBeLessThan(LIMIT_MS);
    // Else the damage would prove nothing.
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
    // A flipped bit, a random byte, a forged length, random bytes to the end.
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

/** The bytes of a count or length. */
function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value * 2n;
  for (; rest >= 128n; rest /= 128n) bytes.push(Number(rest % 128n) + 128);
  return Buffer.from([...bytes, Number(rest)]);
}

/** The generator of Park and Miller: the same numbers in every run. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return Math.floor((state / 2_147_483_647) * below);
  };
}
