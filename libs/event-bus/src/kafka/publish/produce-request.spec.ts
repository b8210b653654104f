import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import type { Header } from '../../core/backend.js';
import { crc32c } from '../records/crc32c.js';
import { type ProduceParameters, produceRequest, type RecordMessage } from './produce-request.js';

/** kafkajs's own writer, which has no types. */
const kafkajsRequest = createRequire(import.meta.url)('kafkajs/src/protocol/requests/produce/v7/request.js') as (
  parameters: ProduceParameters,
) => { encode(): Promise<{ readonly buffer: Buffer }> };

const NOW = 1_700_000_000_123;
const [NONE, GZIP] = [0, 1];

const HEADERS: readonly Header[] = [
  ['ce_type', Buffer.from('org.example.thing.happened.v1')],
  ['größe', Buffer.from('ä')],
  ['empty', Buffer.alloc(0)],
];

it.each([
  ['plain', NONE],
  ['gzip', GZIP],
])('is, byte for byte, what kafkajs sends: %s', async (_, compression) => {
  const parameters = asked(compression, [
    message({ key: Buffer.from('k'), value: Buffer.alloc(300, 'x'), headers: HEADERS }),
    message({ key: null, value: null, headers: [] }),
    // As many as need two bytes for their number, and a length of three.
    ...Array.from({ length: 70 }, (_, n) =>
      message({ key: Buffer.from(`${n}`), value: Buffer.alloc(20_000, n), headers: HEADERS }),
    ),
  ]);
  const { buffer } = await kafkajsRequest(parameters).encode();
  const written = await produceRequest(parameters, NOW);
  expect(written.equals(buffer)).toBe(true);
});

it('keeps the order of headers, repeated ones and those without a value', async () => {
  const headers: readonly Header[] = [
    ['b', Buffer.from('1')],
    ['10', null],
    ['b', Buffer.from('2')],
  ];
  const bytes = await produceRequest(asked(NONE, [message({ key: null, value: null, headers })]), NOW);
  // Three headers: a length and `b`, a length and `1`; then `10` and the length -1.
  expect(bytes.toString('latin1')).toContain('\u0006\u0002b\u00021\u000410\u0001\u0002b\u00022');
});

it.each([
  ['', 0],
  ['123456789', 0xe3069283],
  ['The quick brown fox jumps over the lazy dog', 0x22620404],
])('the checksum of "%s" is that of CRC-32C', (text, checksum) => {
  expect(crc32c(Buffer.from(text))).toBe(checksum);
});

function asked(compression: number, messages: readonly RecordMessage[]): ProduceParameters {
  const producerId = { toString: () => '4294967299', value: 4_294_967_299n };
  const partitions = [
    { partition: 2, firstSequence: 7, messages },
    { partition: 0, firstSequence: 0, messages: messages.slice(0, 1) },
  ];
  const topicData = [
    { topic: 'größe', partitions },
    { topic: 'other', partitions: partitions.slice(1) },
  ];
  return { acks: -1, timeout: 30_000, producerId, producerEpoch: 3, compression, topicData };
}

function message(of: Pick<RecordMessage['record'], 'key' | 'value' | 'headers'>): RecordMessage {
  const headers = Object.fromEntries(of.headers.map(([name, value]) => [name, value as Buffer]));
  const { key, value } = of as { readonly key: Buffer | null; readonly value: Buffer | null };
  return { key, value, headers, timestamp: `${NOW}`, record: { topic: 'largely ignored', ...of } };
}
