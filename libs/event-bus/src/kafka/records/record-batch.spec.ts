import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Header } from '../../core/backend.js';
import { batchBytes, recordBytes, type WrittenBatch } from '../../../../../test/support/kafka-batches.js';
import type { StoredRecord } from '../port.js';
import { type ReadBatches, readBatches } from './batches.js';
import { HeaderCache } from './header-cache.js';
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
    const { records, until } = await read(batches, { aborted: [{ producerId: 1n, firstOffset: 0 }] });
    expect(taken(records, 0).map(({ offset }) => offset)).toEqual([1, 2, 4]);
    expect(until).toBe(5);
    const marks = await read(batches.slice(0, 1), { aborted: [{ producerId: 1n, firstOffset: 0 }] });
    expect(marks).toEqual({ records: [], until: 1, unreadable: undefined });
  });

  it('that the broker cut off are left for the next answer', async () => {
    const whole = batchBytes({ baseOffset: 0, records: [record(0)] });
    const { records, until } = await readBytes(Buffer.concat([whole, whole.subarray(0, whole.length - 1)]));
    expect(records).toHaveLength(1);
    expect(until).toBe(1);
  });

  it('that end within a header are an error, also where the same header was read before', () => {
    const headers: Header[] = [
      ['type', Buffer.from('t'.repeat(60))],
      ['none', null],
    ];
    const whole = recordBytes(record(0, headers), 0);
    const known = new HeaderCache();
    const read = (bytes: Buffer) =>
      new RecordBatch(bytes, { baseOffset: 0, firstTimestamp: 0, appendTimestamp: undefined, count: 1 }, known).next(0);
    expect([read(whole), read(whole), read(whole)].map((found) => found?.headers)).toEqual([headers, headers, headers]);
    // A record with the length 1, which is shorter than its contents.
    const wrong = Buffer.concat([Buffer.from([0x82, 0x00]), whole.subarray(2)]);
    for (let cut = 3; cut < wrong.length; cut += 1) expect(() => read(wrong.subarray(0, cut))).toThrow(RangeError);
  });

  it('are unpacked as far as there is room, and read on there by the next answer', async () => {
    const part = (offset: number): WrittenBatch => ({
      ...{ baseOffset: offset, records: [record(offset)], attributes: 1, compress: gzipSync },
    });
    const room = { left: 1 };
    const first = await read([part(0), part(1)], { room });
    expect(first).toMatchObject({ until: 1, unreadable: undefined });
    expect(taken(first.records, 0)).toEqual([record(0)]);
    await expect(read([part(1)], { room, from: 1 })).resolves.toEqual({ records: [], until: 1, unreadable: undefined });
  });
});

describe('A batch that cannot be read', () => {
  const good = (baseOffset: number) =>
    batchBytes({ baseOffset, records: [record(baseOffset), record(baseOffset + 1)] });
  const batch = (written: Partial<WrittenBatch>) =>
    batchBytes({ baseOffset: 12, records: [record(12), record(13)], ...written });
  const changed = (change: (bytes: Buffer) => void) => {
    const bytes = Buffer.from(batch({}));
    change(bytes);
    return bytes;
  };
  const packed = (bytes: Buffer) => gzipSync(bytes);

  it.each([
    ['has a wrong checksum', changed((bytes) => (bytes[70] = 0x55)), 14, /its checksum is wrong/],
    ['names fewer records than it has', batch({ count: 1 }), 14, /does not contain the 1 records/],
    [
      'names more records than it has',
      batch({ count: 2, records: [record(13)] }),
      14,
      /does not contain the 2 records/,
    ],
    ['names more records than offsets', batch({ count: 2 ** 30 }), 14, /its header is damaged/],
    ['names less than none', batch({ count: -1 }), 14, /its header is damaged/],
    ['is too short for a head', changed((bytes) => bytes.writeInt32BE(20, 8)), undefined, /its header is damaged/],
    [
      'has the message format of Kafka 0.10',
      changed((bytes) => (bytes[16] = 1)),
      undefined,
      /message format 1, of Kafka before 0\.11/,
    ],
    ['has a format of the future', changed((bytes) => (bytes[16] = 3)), undefined, /unknown message format 3/],
    ['has an unknown codec', batch({ attributes: 7 }), 14, /./],
    ['is no gzip, though it says so', batch({ attributes: 1 }), 14, /incorrect header check/],
    [
      'ends within its gzip',
      batch({ attributes: 1, compress: (bytes) => packed(bytes).subarray(0, 20) }),
      14,
      /unexpected end/,
    ],
    [
      'unpacks to more than is allowed',
      batch({ attributes: 1, compress: () => packed(Buffer.alloc(2_000_000)) }),
      14,
      /larger than|more than/,
    ],
  ])('is named by its offset and costs nothing before it: it %s', async (_, bad, next, message) => {
    const { records, until, unreadable } = await readBytes(Buffer.concat([good(10), bad, good(14)]), { from: 10 });
    expect(taken(records, 0).map(({ offset }) => offset)).toEqual([10, 11]);
    expect(until).toBe(12);
    expect(unreadable).toMatchObject({ offset: 12, until: next });
    expect(unreadable?.error.message).toMatch(message);
  });

  it('may be the first of an answer, also where the broker sends a part of it alone', async () => {
    const damaged = await readBytes(
      changed((bytes) => (bytes[70] = 0x55)),
      { from: 13 },
    );
    expect(damaged).toMatchObject({ records: [], until: 13, unreadable: { offset: 12, until: undefined } });
    const part = await readBytes(batch({}).subarray(0, 70), { from: 13 });
    expect(part).toMatchObject({ records: [], until: 13, unreadable: { offset: 12 } });
    expect(part.unreadable?.error.message).toBe('the broker returned only a part of it');
  });

  it('is found whatever byte of it is damaged', async () => {
    const before = good(10);
    for (let at = 0; at < batch({}).length; at += 1) {
      const bad = changed((bytes) => (bytes[at] = (bytes[at] ?? 0) ^ 0x80));
      const { records, until } = await readBytes(Buffer.concat([before, bad]), { from: 10 });
      const found = taken(records, 0).map(({ value }) => String(value));
      // The checksum covers neither the base offset nor the leader epoch.
      if (at < 8 || (at >= 12 && at < 16)) continue;
      expect([found, until], `byte ${at}`).toEqual([['v10', 'v11'], 12]);
    }
  });
});

function record(offset: number, headers: readonly Header[] = []): StoredRecord {
  return { offset, timestamp: 0, key: null, value: Buffer.from(`v${offset}`), headers };
}

const id = (n: number): Header => ['id', Buffer.from(String(n))];

interface Given {
  readonly from?: number;
  readonly aborted?: readonly { readonly producerId: bigint; readonly firstOffset: number }[];
  readonly room?: { left: number };
}

async function readAll(batches: readonly WrittenBatch[], from = 0): Promise<readonly StoredRecord[]> {
  return taken((await read(batches, { from })).records, from);
}

const read = (batches: readonly WrittenBatch[], given: Given = {}): Promise<ReadBatches> =>
  readBytes(Buffer.concat(batches.map(batchBytes)), given);

function readBytes(
  records: Buffer,
  { from = 0, aborted = [], room = { left: 1e6 } }: Given = {},
): Promise<ReadBatches> {
  const options = { from, known: new HeaderCache(), maxBytes: 1_000_000, room };
  return readBatches({ records, abortedTransactions: aborted }, options);
}

function taken(all: ReadBatches['records'], from: number): readonly StoredRecord[] {
  return all.flatMap((records) => {
    const found: StoredRecord[] = [];
    for (let next = records.next(from); next !== undefined; next = records.next(from)) found.push(next);
    return found;
  });
}
