import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { expect, it } from 'vitest';
import type { Header, OutgoingRecord } from '../../core/backend.js';
import { PRODUCE } from '../protocol/produce.js';
import { Writer } from '../protocol/writer.js';
import { packBatch, stampBatch, writeBatch } from './batch-writer.js';

/** kafkajs's own writer, which has no types. */
const kafkajsRequest = createRequire(import.meta.url)('kafkajs/src/protocol/requests/produce/v7/request.js') as (
  parameters: unknown,
) => { encode(): Promise<{ readonly buffer: Buffer }> };

const NOW = 1_700_000_000_123;
const PRODUCER_ID = 4_294_967_299n;
const [NONE, GZIP] = [0, 1];

const HEADERS: readonly Header[] = [
  ['ce_type', Buffer.from('org.example.thing.happened.v1')],
  ['größe', Buffer.from('ä')],
  ['empty', Buffer.alloc(0)],
];

it.each([
  ['plain', NONE],
  ['gzip', GZIP],
])('a request is, byte for byte, what kafkajs sends: %s', async (_, compression) => {
  const records = [
    record({ key: Buffer.from('k'), value: Buffer.alloc(300, 'x'), headers: HEADERS }),
    record({ key: null, value: null, headers: [] }),
    // Enough records that their index needs two bytes, and large enough that their length needs three.
    ...Array.from({ length: 70 }, (_, n) =>
      record({ key: Buffer.from(`${n}`), value: Buffer.alloc(20_000, n), headers: HEADERS }),
    ),
  ];
  const shapes = [
    { topic: 'größe', partition: 2, sequence: 7, records },
    { topic: 'other', partition: 0, sequence: 2 ** 31 - 1, records: records.slice(0, 1) },
  ];
  const { buffer } = await kafkajsRequest({
    acks: -1,
    timeout: 30_000,
    producerId: { toString: () => String(PRODUCER_ID), value: PRODUCER_ID },
    producerEpoch: 3,
    compression,
    topicData: shapes.map(({ topic, partition, sequence, records: of }) => ({
      topic,
      partitions: [{ partition, firstSequence: sequence, messages: of.map(messageOf) }],
    })),
  }).encode();
  const topics = [];
  for (const { topic, partition, sequence, records: of } of shapes) {
    const plain = writeBatch(of, NOW);
    const batch = compression === NONE ? plain : await packBatch(plain, { number: GZIP, compress: promisify(gzip) });
    stampBatch(batch, { producerId: PRODUCER_ID, epoch: 3, sequence });
    topics.push({ topic, partitions: [{ partition, batch }] });
  }
  const to = new Writer();
  PRODUCE.write(to, { timeoutMs: 30_000, topics });
  expect(to.finish().equals(buffer)).toBe(true);
});

it('a batch keeps the order of headers, repeated ones and those without a value', () => {
  const headers: readonly Header[] = [
    ['b', Buffer.from('1')],
    ['10', null],
    ['b', Buffer.from('2')],
  ];
  const bytes = writeBatch([record({ key: null, value: null, headers })], NOW);
  // Three headers: a length and `b`, a length and `1`; then `10` and the length -1.
  expect(bytes.toString('latin1')).toContain('\u0006\u0002b\u00021\u000410\u0001\u0002b\u00022');
});

it('a batch that is sent under another number is the same but for that', () => {
  const [one, other] = [0, 1].map(() => writeBatch([record({ key: null, value: null, headers: HEADERS })], NOW));
  if (one === undefined || other === undefined) throw new Error('There is no batch.');
  stampBatch(one, { producerId: 1n, epoch: 0, sequence: 5 });
  stampBatch(one, { producerId: 2n, epoch: 1, sequence: 0 });
  stampBatch(other, { producerId: 2n, epoch: 1, sequence: 0 });
  expect(one.equals(other)).toBe(true);
});

function record(of: Omit<OutgoingRecord, 'topic'>): OutgoingRecord {
  return { topic: 'ignored here', ...of };
}

function messageOf({ key, value, headers }: OutgoingRecord): unknown {
  return { key, value, headers: Object.fromEntries(headers), timestamp: `${NOW}` };
}
