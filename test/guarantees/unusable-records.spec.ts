import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bareCodec } from 'nest-event-bus/avro';
import { type Header, newMetadata, type OutgoingRecord } from 'nest-event-bus/core';
import { until } from 'nest-event-bus/testing';
import { join } from 'node:path';
import { NUMBERED } from '../apps/src/events.js';
import { callsIn } from '../support/numbered.js';
import { deadLettersOf, publishRecords, recordsOf } from '../support/records.js';
import { type Workbench, workbench } from '../support/workbench.js';

type Change = (record: OutgoingRecord) => OutgoingRecord;

const UNUSABLE: readonly (readonly [title: string, change: Change])[] = [
  ['the type is missing', without('ce_type')],
  ['the type stands there twice', twice('ce_type')],
  ['the id is missing', without('ce_id')],
  ['the id stands there twice', twice('ce_id')],
  ['the id is no UUID', replaced('ce_id', 'abc')],
  ['the time is not in UTC', replaced('ce_time', '2024-02-29T12:34:56+02:00')],
  ['the time is no time', replaced('ce_time', 'yesterday')],
  ['the minor version is no number', replaced('ce_minorversion', 'one')],
  ['the library version has a part that is no number', replaced('sourcelib', '1.x')],
  [
    'an attribute is not UTF-8',
    (record) => ({ ...record, headers: swap(record, 'ce_source', Buffer.from([0xff, 0xfe])) }),
  ],
  ['an attribute has no value', (record) => ({ ...record, headers: swap(record, 'sourcehost', null) })],
  ['the value is empty', (record) => ({ ...record, value: Buffer.alloc(0) })],
  ['the value is cut off', (record) => ({ ...record, value: Buffer.from(record.value ?? []).subarray(0, 3) })],
  [
    'the value is no Avro of this schema',
    (record) => ({ ...record, value: Buffer.from('ffffffffffffffffffff', 'hex') }),
  ],
];

describe('A record that cannot be used', () => {
  let bench: Workbench;
  beforeEach(() => (bench = workbench('unusable-records')));
  afterEach(() => bench.clear());

  it('is set aside byte for byte at once, whatever is wrong with it, and costs no other record', async () => {
    const history = join(bench.folder, 'history.jsonl');
    const broken = UNUSABLE.map(([, change]) => change(record(bench, 'broken')));
    await publishRecords(bench, [record(bench, 'before'), ...broken, record(bench, 'after')]);
    const consumer = bench.consumer('history-consumer', { env: { HISTORY: history } });
    await until(() => callsIn(history).length === 2, { withinMs: 20_000, what: 'the two good records' });
    await expect(consumer.stop()).resolves.toBe(0);

    const letters = await recordsOf(bench, deadLettersOf(bench));
    expect(letters).toHaveLength(broken.length);
    for (const [n, [title]] of UNUSABLE.entries()) {
      const [letter, original] = [letters[n], broken[n]];
      expect(letter?.key, title).toEqual(original?.key);
      expect(letter?.value, title).toEqual(original?.value);
      expect(letter?.headers.slice(0, original?.headers.length), title).toEqual(original?.headers);
      expect(letter?.headers.find(([name]) => name === 'dead_letter_reason')?.[1]?.toString(), title).toBe('unusable');
    }
    expect(consumer.lines.filter((line) => line.includes('Record cannot be used:'))).toHaveLength(broken.length);
    expect(callsIn(history)).toHaveLength(2);
  });

  it('is not a tombstone, an event that nobody here handles, or one whose other attributes are missing', async () => {
    const history = join(bench.folder, 'history.jsonl');
    const bare = [
      'ce_time',
      'ce_source',
      'ce_minorversion',
      'sourcehost',
      'sourcelib',
      'ce_specversion',
      'content-type',
    ].reduce<OutgoingRecord>((stripped, name) => without(name)(stripped), record(bench, 'bare'));
    await publishRecords(bench, [
      { ...record(bench, 'tombstone'), value: null },
      replaced('ce_type', 'test.unhandled.v1')(record(bench, 'other')),
      bare,
    ]);
    const consumer = bench.consumer('history-consumer', { env: { HISTORY: history } });
    await until(() => callsIn(history).length === 1, { withinMs: 20_000, what: 'the bare record' });
    await expect(consumer.stop()).resolves.toBe(0);
    expect(callsIn(history)[0]?.key).toBe('bare');
    await expect(recordsOf(bench, deadLettersOf(bench))).rejects.toThrow(/dead-letters/);
    const outcomes = consumer.lines.flatMap((line) => /Processed: .* outcome=(\w+)/.exec(line)?.[1] ?? []);
    expect(outcomes).toEqual(['tombstone', 'unhandled', 'handled']);
  });
});

function record({ topic }: Workbench, key: string): OutgoingRecord {
  const codec = bareCodec({ definitions: [NUMBERED] });
  const metadata = { ...newMetadata({ type: NUMBERED.type, minorversion: 0, service: 'test' }), id: randomUUID() };
  return {
    topic,
    ...codec.encode({ definition: NUMBERED, metadata, data: { number: { key, seq: 0, note: null } } }, 'number.key'),
  };
}

function without(name: string): Change {
  return (record) => ({ ...record, headers: record.headers.filter(([other]) => other !== name) });
}

function twice(name: string): Change {
  return (record) => ({
    ...record,
    headers: [...record.headers, ...record.headers.filter(([other]) => other === name)],
  });
}

function replaced(name: string, text: string): Change {
  return (record) => ({ ...record, headers: swap(record, name, Buffer.from(text)) });
}

function swap({ headers }: OutgoingRecord, name: string, value: Uint8Array | null): readonly Header[] {
  return headers.map((header) => (header[0] === name ? [name, value] : header));
}
