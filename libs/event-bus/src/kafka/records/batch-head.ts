/** The fields of a batch head (61 bytes) that readers need: https://kafka.apache.org/documentation/#recordbatch */
export interface BatchHead {
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** The size of the batch with this head, in bytes. */
  readonly length: number;
  readonly checksum: number;
  /** The number of the compression; 0 means none. */
  readonly codec: number;
  readonly isTransactional: boolean;
  /** Whether the batch is a transaction marker. */
  readonly isControl: boolean;
  readonly firstTimestamp: number;
  /** The time of all records, if the broker sets it. */
  readonly appendTimestamp: number | undefined;
  readonly count: number;
}

export const BATCH_HEAD_BYTES = 61;
/** The checksum covers the batch from here on. */
export const CHECKED_FROM = 21;

const PREFIX_BYTES = 12;
const MAGIC = 2;
const CODEC = 0x07;
const APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

/**
 * Returns the head of the batch at `at`, or `undefined` if the bytes end before the batch does. Throws for an older
 * format, and for bytes that cannot be a head.
 */
export function readHead(bytes: Buffer, at: number): BatchHead | undefined {
  if (at + CHECKED_FROM > bytes.length) return undefined;
  const magic = bytes[at + 16] ?? 0;
  if (magic < MAGIC)
    throw new Error(`it has the message format ${magic}, of Kafka before 0.11, which is not supported`);
  if (magic > MAGIC) throw new Error(`it has the unknown message format ${magic}`);
  const length = PREFIX_BYTES + bytes.readInt32BE(at + 8);
  if (length < BATCH_HEAD_BYTES) throw new Error('its header is damaged');
  if (at + length > bytes.length) return undefined;
  const attributes = bytes.readInt16BE(at + 21);
  const baseOffset = int64(bytes, at);
  return {
    baseOffset,
    lastOffset: baseOffset + bytes.readInt32BE(at + 23),
    length,
    checksum: bytes.readUInt32BE(at + 17),
    codec: attributes & CODEC,
    isTransactional: (attributes & TRANSACTIONAL) > 0,
    isControl: (attributes & CONTROL) > 0,
    firstTimestamp: int64(bytes, at + 27),
    appendTimestamp: (attributes & APPEND_TIME) > 0 ? int64(bytes, at + 35) : undefined,
    count: bytes.readInt32BE(at + 57),
  };
}

/** Returns the first offset of the batch; `undefined` if it cannot be an offset. */
export function baseOffsetAt(bytes: Buffer, at: number): number | undefined {
  if (at + 8 > bytes.length) return undefined;
  const offset = int64(bytes, at);
  return offset >= 0 && offset <= Number.MAX_SAFE_INTEGER ? offset : undefined;
}

/** Returns the producer id. It may exceed 2^53, and only transactions need it. */
export function producerIdOf(bytes: Buffer, at: number): bigint {
  return bytes.readBigInt64BE(at + 43);
}

/** Exact up to 2^53. Offsets and times in ms are smaller. */
function int64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}
