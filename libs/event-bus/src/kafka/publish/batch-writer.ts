import type { Headers, OutgoingRecord } from '../../core/backend.js';
import { utf8Bytes } from '../../core/utf8.js';
import { crc32c } from '../records/crc32c.js';

/** The size of the head of a batch: https://kafka.apache.org/documentation/#recordbatch */
const HEAD_BYTES = 61;
/** The offsets of the head's fields. */
const AT = { length: 8, magic: 16, checksum: 17, attributes: 21, lastDelta: 23, first: 27, max: 35, count: 57 };
const IDENTITY = { producerId: 43, epoch: 51, sequence: 53 };
const MAGIC = 2;

/** The identity of a batch. A broker uses it to recognize a batch that is sent again. */
export interface BatchIdentity {
  readonly producerId: bigint;
  readonly epoch: number;
  /** The sequence number of the first record. */
  readonly sequence: number;
}

/** Compresses the records of a batch. `number` is the codec's number in the protocol. */
export interface Codec {
  readonly number: number;
  compress(bytes: Buffer): Buffer | Promise<Buffer>;
}

/**
 * Returns the records as one batch, all with the time `now`, in ms since 1970. Call {@link stampBatch} before the batch
 * is sent.
 */
export function writeBatch(records: readonly OutgoingRecord[], now: number): Buffer {
  const sizes = records.map((record, n) => recordSize(record, n));
  const to = new BatchWriter(
    HEAD_BYTES,
    sizes.reduce((sum, size) => sum + varintSize(size) + size, HEAD_BYTES),
  );
  for (const [n, record] of records.entries()) writeRecord(to, record, n, sizes[n] ?? 0);
  writeHead(to.bytes, { count: records.length, codec: 0, now });
  return to.bytes;
}

/** Returns the same batch with its records compressed. */
export async function packBatch(batch: Buffer, codec: Codec): Promise<Buffer> {
  const packed = await codec.compress(batch.subarray(HEAD_BYTES));
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + packed.length);
  bytes.set(packed, HEAD_BYTES);
  const count = batch.readInt32BE(AT.count);
  writeHead(bytes, { count, codec: codec.number, now: Number(batch.readBigInt64BE(AT.first)) });
  return bytes;
}

/** Writes the identity and the checksum into a batch. */
export function stampBatch(batch: Buffer, { producerId, epoch, sequence }: BatchIdentity): void {
  batch.writeBigInt64BE(producerId, IDENTITY.producerId);
  batch.writeInt16BE(epoch, IDENTITY.epoch);
  batch.writeInt32BE(sequence, IDENTITY.sequence);
  batch.writeUInt32BE(crc32c(batch.subarray(AT.attributes)), AT.checksum);
}

interface Head {
  readonly count: number;
  readonly codec: number;
  readonly now: number;
}

/** Writes the head. The broker itself sets the offset of the first record and the epoch of the leader. */
function writeHead(batch: Buffer, { count, codec, now }: Head): void {
  batch.fill(0, 0, HEAD_BYTES);
  batch.writeInt32BE(batch.length - 12, AT.length);
  batch.writeInt8(MAGIC, AT.magic);
  batch.writeInt16BE(codec, AT.attributes);
  batch.writeInt32BE(count - 1, AT.lastDelta);
  batch.writeBigInt64BE(BigInt(now), AT.first);
  batch.writeBigInt64BE(BigInt(now), AT.max);
  batch.writeInt32BE(count, AT.count);
}

/** Returns the maximum size of a record in a batch beyond its key, value and headers, in bytes. */
export function overheadOf({ headers }: OutgoingRecord): number {
  return 24 + headers.length * 6;
}

function recordSize({ key, value, headers }: OutgoingRecord, n: number): number {
  // The 2 bytes are its attributes and its time difference, both zero.
  return 2 + varintSize(n) + fieldSize(key) + fieldSize(value) + headersSize(headers);
}

function headersSize(headers: Headers): number {
  let size = varintSize(headers.length);
  for (const [name, value] of headers) size += fieldSize(utf8Bytes(name)) + fieldSize(value);
  return size;
}

function fieldSize(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : varintSize(bytes.byteLength) + bytes.byteLength;
}

function writeRecord(to: BatchWriter, { key, value, headers }: OutgoingRecord, n: number, size: number): void {
  to.varint(size);
  to.byte(0);
  to.byte(0);
  to.varint(n);
  to.field(key);
  to.field(value);
  to.varint(headers.length);
  for (const [name, of] of headers) {
    to.field(utf8Bytes(name));
    to.field(of);
  }
}

/** Returns the size of a length of up to 31 bits in zigzag form, in bytes. */
function varintSize(length: number): number {
  const value = length * 2;
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}

/** Fills a buffer of known size, which makes it fast. */
class BatchWriter {
  readonly bytes: Buffer;
  #at: number;

  constructor(from: number, size: number) {
    this.bytes = Buffer.allocUnsafe(size);
    this.#at = from;
  }

  byte(value: number): void {
    this.bytes[this.#at++] = value;
  }

  /** Writes a number from 0 to 2^31 - 1 in zigzag form. */
  varint(value: number): void {
    let rest = value * 2;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.bytes[this.#at++] = (rest % 0x80) + 0x80;
    this.bytes[this.#at++] = rest;
  }

  /** Writes bytes after their length, or the mark for `null`. */
  field(value: Uint8Array | null): void {
    if (value === null) {
      // -1 in zigzag form.
      this.byte(1);
      return;
    }
    this.varint(value.byteLength);
    this.bytes.set(value, this.#at);
    this.#at += value.byteLength;
  }
}
