import { crc32c } from '../../libs/event-bus/src/kafka/records/crc32c.js';
import type { StoredRecord } from '../../libs/event-bus/src/kafka/port.js';

export interface WrittenBatch {
  readonly baseOffset: number;
  readonly records: readonly StoredRecord[];
  readonly attributes?: number;
  readonly maxTimestamp?: number;
  readonly producerId?: number;
  readonly compress?: (bytes: Buffer) => Buffer;
  /** The record count to write instead of the real one. */
  readonly count?: number;
}

/** Encodes a record batch: https://kafka.apache.org/documentation/#recordbatch */
export function batchBytes(batch: WrittenBatch): Buffer {
  const { baseOffset, records, attributes = 0, maxTimestamp = 0, producerId = -1, compress = (same) => same } = batch;
  const { count = records.length } = batch;
  const last = records.at(-1)?.offset ?? baseOffset;
  const checked = Buffer.concat([
    ...[int16(attributes), int32(last - baseOffset), int64(0), int64(maxTimestamp)],
    ...[int64(producerId), int16(0), int32(0), int32(count)],
    compress(Buffer.concat(records.map((each) => recordBytes(each, baseOffset)))),
  ]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32c(checked));
  const body = Buffer.concat([int32(0), Buffer.from([2]), checksum, checked]);
  return Buffer.concat([int64(baseOffset), int32(body.length), body]);
}

export function recordBytes({ offset, timestamp, key, value, headers }: StoredRecord, baseOffset: number): Buffer {
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
