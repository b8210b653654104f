import kafkajs, { type Broker, type Message } from 'kafkajs';
import type { Headers, OutgoingRecord } from '../../core/backend.js';
import { utf8Bytes } from '../../core/utf8.js';
import { crc32c } from '../records/crc32c.js';
import { changeRequest, PRODUCE } from '../client/requests.js';

/** A message that knows its record. */
export interface RecordMessage extends Message {
  readonly record: OutgoingRecord;
}

/** The first version that takes batches in the format written here; kafkajs knows them up to 7, which are all written alike. */
const FIRST_VERSION = 3;

/**
 * Has kafkajs send what is written here: it makes a buffer of half a kilobyte for each record and each header, which costs more than all
 * the rest of a publish, and cannot keep the order of headers, nor one without a value. To be called after every connect; all messages
 * must be {@link RecordMessage}s.
 */
export function writeRecords(broker: Broker): void {
  changeRequest(broker, PRODUCE, (made, parameters) => {
    const { request } = made;
    if (request.apiVersion < FIRST_VERSION)
      throw new Error(
        `Kafka: the broker takes produce requests up to version ${request.apiVersion}, which is too old.`,
      );
    const encode = async () => {
      const bytes = await produceRequest(parameters as ProduceParameters, Date.now());
      return { buf: bytes, buffer: bytes };
    };
    return { ...made, request: { ...request, encode } };
  });
}

/** What kafkajs gives to its own writer. */
export interface ProduceParameters {
  readonly acks: number;
  readonly timeout: number;
  readonly transactionalId?: string | null | undefined;
  /** A 64-bit number of some kind. */
  readonly producerId: { toString(): string };
  readonly producerEpoch: number;
  readonly compression: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly firstSequence: number;
      readonly messages: readonly RecordMessage[];
    }[];
  }[];
}

/** The body of a produce request, in which each partition's records are one batch. `now` is the time of all of them, in ms since 1970. */
export async function produceRequest(parameters: ProduceParameters, now: number): Promise<Buffer> {
  const { acks, timeout, transactionalId, topicData } = parameters;
  const parts: Uint8Array[] = [];
  const head = new Writer(12);
  if (typeof transactionalId === 'string') throw new Error('Kafka: transactions are not written here.');
  head.int16(-1);
  head.int16(acks);
  head.int32(timeout);
  head.int32(topicData.length);
  parts.push(head.bytes);
  for (const { topic, partitions } of topicData) {
    const name = utf8Bytes(topic);
    const start = new Writer(2 + name.length + 4);
    start.int16(name.length);
    start.raw(name);
    start.int32(partitions.length);
    parts.push(start.bytes);
    for (const { partition, firstSequence, messages } of partitions) {
      const records = messages.map(({ record }) => record);
      const batch = await recordBatch(records, { ...parameters, firstSequence, now });
      const place = new Writer(8);
      place.int32(partition);
      place.int32(batch.length);
      parts.push(place.bytes, batch);
    }
  }
  return Buffer.concat(parts);
}

interface BatchOptions extends Pick<ProduceParameters, 'producerId' | 'producerEpoch' | 'compression'> {
  readonly firstSequence: number;
  readonly now: number;
}

/** What precedes the records: https://kafka.apache.org/documentation/#recordbatch */
const HEAD_BYTES = 61;
/** The checksum is of all that follows it. */
const CHECKED_FROM = 21;
const MAGIC = 2;
const NO_COMPRESSION = 0;

async function recordBatch(records: readonly OutgoingRecord[], options: BatchOptions): Promise<Buffer> {
  const stored = await compressed(options.compression, written(records));
  const batch = new Writer(HEAD_BYTES + stored.length);
  writeHead(batch, records.length, options);
  batch.raw(stored);
  const { bytes } = batch;
  bytes.writeUInt32BE(crc32c(bytes.subarray(CHECKED_FROM)), CHECKED_FROM - 4);
  return bytes;
}

function written(records: readonly OutgoingRecord[]): Buffer {
  const sizes = records.map((record, n) => recordSize(record, n));
  const to = new Writer(sizes.reduce((sum, size) => sum + varintSize(size) + size, 0));
  for (const [n, record] of records.entries()) writeRecord(to, record, n, sizes[n] ?? 0);
  return to.bytes;
}

function writeHead(batch: Writer, count: number, { producerId, producerEpoch, ...options }: BatchOptions): void {
  const { compression, firstSequence, now } = options;
  // The broker sets the offset of the first record, and the epoch of the leader.
  batch.int64(0n);
  batch.int32(batch.bytes.length - 12);
  batch.int32(0);
  batch.int8(MAGIC);
  batch.int32(0);
  batch.int16(compression);
  batch.int32(count - 1);
  batch.int64(BigInt(now));
  batch.int64(BigInt(now));
  batch.int64(BigInt(producerId.toString()));
  batch.int16(producerEpoch);
  batch.int32(firstSequence);
  batch.int32(count);
}

function recordSize({ key, value, headers }: OutgoingRecord, n: number): number {
  // Its attributes and the difference of its time: a zero each.
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

function writeRecord(to: Writer, { key, value, headers }: OutgoingRecord, n: number, size: number): void {
  to.varint(size);
  to.int8(0);
  to.int8(0);
  to.varint(n);
  to.field(key);
  to.field(value);
  to.varint(headers.length);
  for (const [name, of] of headers) {
    to.field(utf8Bytes(name));
    to.field(of);
  }
}

async function compressed(type: number, bytes: Buffer): Promise<Buffer> {
  if (type === NO_COMPRESSION) return bytes;
  const codecs: Readonly<Record<number, (() => Compressor) | undefined>> = kafkajs.CompressionCodecs;
  const codec = codecs[type];
  if (codec === undefined) throw new Error(`Kafka: the compression ${type} is unknown.`);
  return codec().compress({ buf: bytes, buffer: bytes });
}

interface Compressor {
  compress(encoder: { readonly buf: Buffer; readonly buffer: Buffer }): Promise<Buffer>;
}

/** The bytes of a length in zigzag form, of up to 31 bits. */
function varintSize(length: number): number {
  const value = length * 2;
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}

/** Fills a buffer whose size is known. */
class Writer {
  readonly bytes: Buffer;
  #at = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafe(size);
  }

  int8(value: number): void {
    this.bytes[this.#at++] = value;
  }

  int16(value: number): void {
    this.#at = this.bytes.writeInt16BE(value, this.#at);
  }

  int32(value: number): void {
    this.#at = this.bytes.writeInt32BE(value, this.#at);
  }

  int64(value: bigint): void {
    this.#at = this.bytes.writeBigInt64BE(value, this.#at);
  }

  /** A number from 0 to 2^31 - 1 in zigzag form. */
  varint(value: number): void {
    let rest = value * 2;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.bytes[this.#at++] = (rest % 0x80) + 0x80;
    this.bytes[this.#at++] = rest;
  }

  /** Bytes with their length, or none. */
  field(value: Uint8Array | null): void {
    if (value === null) {
      // -1 in zigzag form.
      this.int8(1);
      return;
    }
    this.varint(value.byteLength);
    this.raw(value);
  }

  raw(value: Uint8Array): void {
    this.bytes.set(value, this.#at);
    this.#at += value.byteLength;
  }
}
