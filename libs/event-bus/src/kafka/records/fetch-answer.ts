import kafkajs from 'kafkajs';
import type { Records } from '../port.js';
import type { KnownHeaders } from './known-headers.js';
import { RecordBatch } from './record-batch.js';

/** What takes the place of kafkajs's messages: one for each batch of the broker, with the offset of its last record. */
export interface LateMessage {
  readonly offset: string;
  readonly key: null;
  /** Also for those without records: kafkajs passes over control records without a word, and nobody would know that it reads on behind them. */
  readonly isControlRecord: false;
  readonly records: Records;
}

/** The answer to a fetch in kafkajs's form, but for the messages. */
export interface FetchAnswer {
  readonly throttleTime: 0;
  readonly clientSideThrottleTime: number;
  readonly errorCode: number;
  readonly sessionId: number;
  readonly responses: readonly { readonly topicName: string; readonly partitions: readonly PartitionAnswer[] }[];
}

interface PartitionAnswer {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: string;
  readonly lastStableOffset: string;
  readonly lastStartOffset: string;
  readonly abortedTransactions: readonly never[];
  readonly preferredReadReplica: number;
  readonly messages: readonly LateMessage[];
}

/** The version of the answer that is read here. */
export const FETCH_VERSION = 11;

const BATCH_HEAD_BYTES = 61;
const MAGIC = 2;
const CODEC = 0x07;
const APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

/**
 * Reads the answer to a fetch, version 11, and leaves the records alone until they are taken. Records of aborted transactions are left
 * out, as kafkajs leaves them out. `undefined` when it has records in an older format.
 */
export async function readFetchAnswer(bytes: Buffer, known: KnownHeaders): Promise<FetchAnswer | undefined> {
  const reader = new Reader(bytes);
  const head = { throttleTime: 0, clientSideThrottleTime: reader.int32(), errorCode: reader.int16() } as const;
  const sessionId = reader.int32();
  const responses: { topicName: string; partitions: PartitionAnswer[] }[] = [];
  for (let topics = reader.int32(); topics > 0; topics -= 1) {
    const topicName = reader.text();
    const partitions: PartitionAnswer[] = [];
    for (let count = reader.int32(); count > 0; count -= 1) {
      const found = await readPartition(reader, known);
      if (found === undefined) return undefined;
      partitions.push(found);
    }
    responses.push({ topicName, partitions });
  }
  return { ...head, sessionId, responses };
}

async function readPartition(reader: Reader, known: KnownHeaders): Promise<PartitionAnswer | undefined> {
  const partition = reader.int32();
  const errorCode = reader.int16();
  const highWatermark = String(reader.int64());
  const lastStableOffset = String(reader.int64());
  const lastStartOffset = String(reader.int64());
  const aborted: Aborted[] = [];
  for (let count = reader.int32(); count > 0; count -= 1)
    aborted.push({ producerId: reader.int64(), firstOffset: reader.int64() });
  const preferredReadReplica = reader.int32();
  const messages = await readBatches(reader.bytes(reader.int32()), aborted, known);
  if (messages === undefined) return undefined;
  const offsets = { highWatermark, lastStableOffset, lastStartOffset };
  return { partition, errorCode, ...offsets, abortedTransactions: [], preferredReadReplica, messages };
}

interface Aborted {
  readonly producerId: number;
  readonly firstOffset: number;
}

export async function readBatches(
  bytes: Buffer,
  aborted: readonly Aborted[],
  known: KnownHeaders,
): Promise<readonly LateMessage[] | undefined> {
  const messages: LateMessage[] = [];
  const isOut = leftOut(aborted);
  for (let at = 0; at + BATCH_HEAD_BYTES <= bytes.length;) {
    const end = at + 12 + bytes.readInt32BE(at + 8);
    if (bytes[at + 16] !== MAGIC) return undefined;
    // The broker cuts the answer where it is full.
    if (end > bytes.length) break;
    const attributes = bytes.readInt16BE(at + 21);
    const baseOffset = int64(bytes, at);
    const producerId = int64(bytes, at + 43);
    const isLeftOut = isOut({
      baseOffset,
      producerId,
      isTransactional: (attributes & TRANSACTIONAL) > 0,
      isControl: (attributes & CONTROL) > 0,
    });
    const stored = apart(bytes.subarray(at + BATCH_HEAD_BYTES, end));
    const records = isLeftOut ? NOTHING : await decompressed(attributes & CODEC, stored);
    const head = {
      baseOffset,
      firstTimestamp: int64(bytes, at + 27),
      appendTimestamp: (attributes & APPEND_TIME) > 0 ? int64(bytes, at + 35) : undefined,
      count: isLeftOut ? 0 : bytes.readInt32BE(at + 57),
    };
    messages.push({
      offset: String(baseOffset + bytes.readInt32BE(at + 23)),
      key: null,
      isControlRecord: false,
      records: new RecordBatch(records, head, known),
    });
    at = end;
  }
  return messages;
}

const NOTHING = Buffer.alloc(0);
const SMALL_BYTES = 64 * 1024;

/** A small batch must not keep all that the broker answered with, which may be 10 MiB. */
function apart(stored: Buffer): Buffer {
  return stored.length < SMALL_BYTES ? Buffer.from(stored) : stored;
}

interface Origin {
  readonly baseOffset: number;
  readonly producerId: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
}

/** Tells of each batch in turn whether its records are not for consumers: marks of transactions, and what was aborted. */
function leftOut(aborted: readonly Aborted[]): (batch: Origin) => boolean {
  const toCome = aborted.toSorted((one, other) => one.firstOffset - other.firstOffset);
  const open = new Set<number>();
  return ({ baseOffset, producerId, isTransactional, isControl }) => {
    while (toCome[0] !== undefined && toCome[0].firstOffset <= baseOffset) open.add(toCome.shift()?.producerId ?? -1);
    // A mark ends the producer's transaction, whichever way.
    if (isControl) open.delete(producerId);
    return isControl || (isTransactional && open.has(producerId));
  };
}

async function decompressed(type: number, bytes: Buffer): Promise<Buffer> {
  if (type === 0) return bytes;
  const codecs: Readonly<Record<number, (() => Decompressor) | undefined>> = kafkajs.CompressionCodecs;
  const codec = codecs[type];
  if (codec === undefined) throw new Error(`Kafka: records are compressed by codec ${type}, which is unknown.`);
  return codec().decompress(bytes);
}

interface Decompressor {
  decompress(bytes: Buffer): Promise<Buffer>;
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int16(): number {
    this.#at += 2;
    return this.#bytes.readInt16BE(this.#at - 2);
  }

  int32(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }

  int64(): number {
    this.#at += 8;
    return int64(this.#bytes, this.#at - 8);
  }

  text(): string {
    return this.bytes(this.int16()).toString('utf8');
  }

  bytes(length: number): Buffer {
    const start = this.#at;
    this.#at += Math.max(0, length);
    return this.#bytes.subarray(start, this.#at);
  }
}

/** Exact up to 2^53, which offsets and times in ms do not reach. */
function int64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}
