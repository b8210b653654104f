import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Header } from '../../core/backend.js';
import { type LateMessage, readFetchAnswer } from './fetch-answer.js';
import type { StoredRecord } from '../port.js';
import { KnownHeaders } from './known-headers.js';
import { RecordBatch } from './record-batch.js';

const HEADERS: readonly Header[] = [
  ['10', Buffer.from('ten')],
  ['ce_id', Buffer.from('a')],
  ['größe', Buffer.alloc(0)],
  ['ce_id', Buffer.from('b')],
  ['none', null],
];

describe('records of a batch', () => {
  it('are what was written: key, value, times and headers in their order, repeated ones and null', async () => {
    const value = Buffer.alloc(300, 'x');
    const written = [
      { offset: 5, timestamp: 1_000, key: Buffer.from('k'), value, headers: HEADERS },
      { offset: 7, timestamp: 900, key: null, value: null, headers: [] },
      { offset: 200, timestamp: 2 ** 40, key: Buffer.alloc(0), value: Buffer.alloc(0), headers: HEADERS.slice(1, 2) },
    ];
    await expect(readAll([{ baseOffset: 5, records: written }])).resolves.toEqual(written);
  });

  it('keep the names of their headers apart from those of the record before', async () => {
    const named = (offset: number, name: string) => record(offset, [[name, Buffer.from('v')]]);
    const written = [named(0, 'abc'), named(1, 'abd'), named(2, 'ab'), named(3, 'abcd'), named(4, 'abc')];
    await expect(readAll([{ baseOffset: 0, records: written }])).resolves.toEqual(written);
  });

  it('share the headers that come again, and none of these keeps its batch', async () => {
    // Larger than what Node puts into memory that buffers share.
    const value = Buffer.alloc(Buffer.poolSize);
    const headersOf = (offset: number): Header[] => [['type', Buffer.from('t')], id(offset), ['none', null]];
    const written = [0, 1, 2].map((offset) => ({ ...record(offset, headersOf(offset)), value }));
    const [first, second, third] = await readAll([{ baseOffset: 0, records: written }]);
    expect(third?.headers[0]).toBe(second?.headers[0]);
    expect(third?.headers[2]).toBe(second?.headers[2]);
    expect(second?.headers[0]).toEqual(first?.headers[0]);
    expect(second?.headers[0]?.[1]?.buffer).not.toBe(second?.value?.buffer);
    expect(third?.headers[1]?.[1]?.buffer).toBe(third?.value?.buffer);
    expect(second?.headers[0]).toSatisfy(Object.isFrozen);
  });

  it('have headers of their own where those before had others', async () => {
    const texts = [
      'v',
      'v',
      'w',
      null,
      null,
      '',
      '',
      null,
      'v',
      'vw',
      'vw',
      'v',
      'x'.repeat(300),
      'x'.repeat(300),
      'v',
    ];
    const written = texts.map((text, offset) =>
      record(offset, [
        ['a', text === null ? null : Buffer.from(text)],
        ['b', null],
      ]),
    );
    await expect(readAll([{ baseOffset: 0, records: written }])).resolves.toEqual(written);
  });

  it('have the headers of their own producer, however many take turns', async () => {
    const producers = ['one', 'two'].map((text): Header[] => [
      ['source', Buffer.from(text)],
      [text, Buffer.from('v')],
    ]);
    const written = Array.from({ length: 2_500 }, (_, n) => record(n, [...(producers[n % 2] ?? []), id(n)]));
    await expect(readAll([{ baseOffset: 0, records: written }])).resolves.toEqual(written);
  });

  it('share headers again once their producers have stopped taking turns', async () => {
    const turns = Array.from({ length: 100 }, (_, n) => record(n, [['source', Buffer.from(`s${n % 2}`)]]));
    const same = Array.from({ length: 1_100 }, (_, n) => record(100 + n, [['source', Buffer.from('s')]]));
    const found = await readAll([{ baseOffset: 0, records: [...turns, ...same] }]);
    expect(found[200]?.headers[0]).not.toBe(found[199]?.headers[0]);
    expect(found.at(-1)?.headers[0]).toBe(found.at(-2)?.headers[0]);
  });

  it('may have any number of headers', async () => {
    const many = Array.from({ length: 70 }, (_, n): Header => [`h${n}`, Buffer.from(`v${n}`)]);
    const written = [record(0, many), record(1, many), record(2, many.toReversed()), record(3, many)];
    await expect(readAll([{ baseOffset: 0, records: written }])).resolves.toEqual(written);
  });

  it('begin where the client reads, though the broker answers with whole batches', async () => {
    const written = [record(3), record(4), record(6)];
    const found = await readAll([{ baseOffset: 3, records: written }], 5);
    expect(found.map(({ offset }) => offset)).toEqual([6]);
  });

  it('have the time of the broker where it sets one', async () => {
    const [found] = await readAll([{ baseOffset: 0, records: [record(0)], attributes: 0x08, maxTimestamp: 77 }]);
    expect(found?.timestamp).toBe(77);
  });

  it('may be compressed', async () => {
    const written = [record(0), record(1, HEADERS)];
    const compressed = { baseOffset: 0, records: written, attributes: 1, compress: gzipSync };
    await expect(readAll([compressed])).resolves.toEqual(written);
  });

  it('are left out when their transaction was aborted, as are its marks, and the client reads on behind them', async () => {
    const part = (baseOffset: number, producerId: number, attributes: number): WrittenBatch => {
      return { baseOffset, producerId, attributes, records: [record(baseOffset)] };
    };
    const batches = [part(0, 1, 0x10), part(1, 2, 0x10), part(2, 3, 0), part(3, 1, 0x30), part(4, 1, 0x10)];
    const { messages } = await partitionOf(answer(batches, [{ producerId: 1, firstOffset: 0 }]));
    const offsets = (all: readonly LateMessage[]) => all.map(({ offset }) => Number(offset));
    expect(offsets(messages)).toEqual([0, 1, 2, 3, 4]);
    expect(offsets(messages.filter(({ records }) => records.left > 0))).toEqual([1, 2, 4]);
  });

  it('that the broker cut off are left for the next answer', async () => {
    const whole = batchBytes({ baseOffset: 0, records: [record(0)] });
    const { messages } = await partitionOf(answerOf(Buffer.concat([whole, whole.subarray(0, whole.length - 1)]), []));
    expect(messages).toHaveLength(1);
  });

  it('that end before they should are an error', async () => {
    const bytes = batchBytes({ baseOffset: 0, records: [record(0, HEADERS)] });
    // The first byte of the records is the first one's length.
    bytes[61] = 0x7e;
    const { messages } = await partitionOf(answerOf(bytes, []));
    expect(() => messages[0]?.records.next(0)).toThrow(RangeError);
  });

  it('that end within a header are an error, also where the same header was read before', () => {
    const headers: Header[] = [
      ['type', Buffer.from('t'.repeat(60))],
      ['none', null],
    ];
    const whole = recordBytes(record(0, headers), 0);
    const known = new KnownHeaders();
    const read = (bytes: Buffer) =>
      new RecordBatch(bytes, { baseOffset: 0, firstTimestamp: 0, appendTimestamp: undefined, count: 1 }, known).next(0);
    expect([read(whole), read(whole), read(whole)].map((found) => found?.headers)).toEqual([headers, headers, headers]);
    // A record that says it is shorter than what it has: its length is 1.
    const wrong = Buffer.concat([Buffer.from([0x82, 0x00]), whole.subarray(2)]);
    for (let cut = 3; cut < wrong.length; cut += 1) expect(() => read(wrong.subarray(0, cut))).toThrow(RangeError);
  });

  it('of an older format are left to kafkajs', async () => {
    const bytes = batchBytes({ baseOffset: 0, records: [record(0)] });
    bytes[16] = 1;
    await expect(readFetchAnswer(answerOf(bytes, []), new KnownHeaders())).resolves.toBeUndefined();
  });
});

interface WrittenBatch {
  readonly baseOffset: number;
  readonly records: readonly StoredRecord[];
  readonly attributes?: number;
  readonly maxTimestamp?: number;
  readonly producerId?: number;
  readonly compress?: (bytes: Buffer) => Buffer;
}

function record(offset: number, headers: readonly Header[] = []): StoredRecord {
  return { offset, timestamp: 0, key: null, value: Buffer.from(`v${offset}`), headers };
}

const id = (n: number): Header => ['id', Buffer.from(String(n))];

async function readAll(batches: readonly WrittenBatch[], from = 0): Promise<readonly StoredRecord[]> {
  const { messages } = await partitionOf(answer(batches, []));
  return messages.flatMap(({ records }) => {
    const found: StoredRecord[] = [];
    for (let next = records.next(from); next !== undefined; next = records.next(from)) found.push(next);
    return found;
  });
}

async function partitionOf(bytes: Buffer) {
  const found = await readFetchAnswer(bytes, new KnownHeaders());
  const partition = found?.responses[0]?.partitions[0];
  if (partition === undefined) throw new Error('There is no partition in the answer.');
  return partition;
}

type Aborted = readonly { readonly producerId: number; readonly firstOffset: number }[];

const answer = (batches: readonly WrittenBatch[], aborted: Aborted): Buffer =>
  answerOf(Buffer.concat(batches.map(batchBytes)), aborted);

/** As the protocol has it: https://kafka.apache.org/protocol.html#The_Messages_Fetch, version 11. */
function answerOf(records: Buffer, aborted: Aborted): Buffer {
  return Buffer.concat([
    ...[int32(0), int16(0), int32(0), int32(1), int16(5), Buffer.from('topic'), int32(1)],
    ...[int32(0), int16(0), int64(9), int64(9), int64(0), int32(aborted.length)],
    ...aborted.flatMap(({ producerId, firstOffset }) => [int64(producerId), int64(firstOffset)]),
    ...[int32(-1), int32(records.length), records],
  ]);
}

/** https://kafka.apache.org/documentation/#recordbatch */
function batchBytes(batch: WrittenBatch): Buffer {
  const { baseOffset, records, attributes = 0, maxTimestamp = 0, producerId = -1, compress = (same) => same } = batch;
  const last = records.at(-1)?.offset ?? baseOffset;
  const body = Buffer.concat([
    ...[int32(0), Buffer.from([2]), int32(0), int16(attributes), int32(last - baseOffset), int64(0)],
    ...[int64(maxTimestamp), int64(producerId), int16(0), int32(0), int32(records.length)],
    compress(Buffer.concat(records.map((each) => recordBytes(each, baseOffset)))),
  ]);
  return Buffer.concat([int64(baseOffset), int32(body.length), body]);
}

function recordBytes({ offset, timestamp, key, value, headers }: StoredRecord, baseOffset: number): Buffer {
  const prefixed = (bytes: Uint8Array | null) =>
    bytes === null ? varint(-1) : Buffer.concat([varint(bytes.byteLength), bytes]);
  const body = Buffer.concat([
    ...[Buffer.from([0]), varint(timestamp), varint(offset - baseOffset), prefixed(key), prefixed(value)],
    varint(headers.length),
    ...headers.flatMap(([name, of]) => [prefixed(Buffer.from(name)), prefixed(of)]),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value < 0 ? -2n * BigInt(value) - 1n : 2n * BigInt(value);
  for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  return Buffer.from([...bytes, Number(left)]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}
