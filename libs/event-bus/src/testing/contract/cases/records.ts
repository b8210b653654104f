import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

import type { Headers, OutgoingRecord, ReceivedRecord } from '../../../core/backend.js';
import type { Bench } from '../bench.js';
import type { Cases } from '../case.js';
import { bytes } from '../records.js';

/** Consumers and readers get the published record, byte for byte. */
export const records: Cases = {
  'a record comes back byte for byte: key, value and headers': async (bench) => {
    const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index);
    await comesBack(bench, {
      key: Uint8Array.of(0xff, 0x00, 0xfe, 0x80, 0x0a),
      value: everyByte,
      headers: [
        ['first', everyByte],
        ['second', bytes('value')],
      ],
    });
  },

  'text that is not ASCII comes back unchanged': async (bench) => {
    await comesBack(bench, {
      key: bytes('clé-ключ-鍵'),
      value: bytes('größer als 🚌'),
      headers: [['überschrift', bytes('naïve ✓')]],
    });
  },

  'a value of 1 MB comes back unchanged': async (bench) => {
    await comesBack(bench, { value: randomBytes(1_000_000) });
  },

  'a tombstone comes back with a null value': async (bench) => {
    await comesBack(bench, { value: null, headers: [['type', bytes('deleted')]] });
  },

  'an empty value comes back empty, not null': async (bench) => {
    await comesBack(bench, { value: new Uint8Array() });
  },

  'a record without a key comes back with a null key': async (bench) => {
    await comesBack(bench, { key: null });
  },

  'an empty key comes back empty, not null': async (bench) => {
    await comesBack(bench, { key: new Uint8Array() });
  },

  'a record without headers comes back without headers': async (bench) => {
    await comesBack(bench, { headers: [] });
  },

  'a header with an empty value comes back empty, not null': async (bench) => {
    await comesBack(bench, { headers: [['empty', new Uint8Array()]] });
  },

  'a header with a null value comes back null': async (bench) => {
    await comesBack(bench, { headers: [['nothing', null]] });
  },

  'headers come back in their order': async (bench) => {
    await comesBack(bench, { headers: ['z', 'a', 'm', '2', '10', 'A'].map((name) => [name, bytes(`of ${name}`)]) });
  },

  'a repeated header comes back with all its values in their order': async (bench) => {
    const headers: Headers = [
      ['twice', bytes('2')],
      ['once', bytes('x')],
      ['twice', bytes('1')],
    ];
    for (const record of await roundTrip(bench, { headers })) {
      // A client may place headers with the same name next to each other.
      assert.deepEqual(valuesOf(record, 'twice'), [bytes('2'), bytes('1')]);
      assert.deepEqual(valuesOf(record, 'once'), [bytes('x')]);
      assert.equal(record.headers.length, 3);
    }
  },

  'a record carries the time at which it was made, in ms since 1970': async (bench) => {
    for (const { timestamp } of await roundTrip(bench, {})) {
      assert.ok(Math.abs(Date.now() - timestamp) < 60_000, `timestamp ${timestamp}, now ${Date.now()}`);
    }
  },
};

type Content = Partial<Omit<OutgoingRecord, 'topic'>>;

const plain = { key: bytes('key'), value: bytes('value'), headers: [] };

async function comesBack(bench: Bench, content: Content): Promise<void> {
  const { key, value, headers } = { ...plain, ...content };
  for (const received of await roundTrip(bench, content)) {
    assert.equal(received.topic, bench.topic);
    assert.deepEqual(plainBytes(received.key), key && plainBytes(key), 'key');
    assert.deepEqual(plainBytes(received.value), value && plainBytes(value), 'value');
    assert.deepEqual(
      received.headers.map(([name, of]) => [name, plainBytes(of)]),
      headers.map(([name, of]) => [name, plainBytes(of)]),
      'headers',
    );
  }
}

/** Publishes one record and returns it twice: as a member receives it, and as `read` returns it. */
async function roundTrip(bench: Bench, content: Content): Promise<readonly ReceivedRecord[]> {
  await bench.backend.publish([{ topic: bench.topic, ...plain, ...content }]);
  const member = bench.member();
  await bench.until(() => member.calls.length > 0, 'the record');
  const read = await bench.read();
  assert.equal(read.length, 1);
  return [...member.calls.map(({ record }) => record), ...read];
}

function valuesOf(record: ReceivedRecord, name: string): readonly (Uint8Array | null)[] {
  return record.headers.filter((header) => header[0] === name).map((header) => plainBytes(header[1]));
}

/** `deepEqual` treats a Buffer and a Uint8Array with the same bytes as different. */
function plainBytes(value: Uint8Array | null): Uint8Array | null {
  return value === null ? null : new Uint8Array(value);
}
