import { asError } from '../../core/backoff.js';
import type { Records } from '../port.js';
import type { FetchedPartition } from '../protocol/fetch.js';
import { baseOffsetAt, BATCH_HEAD_BYTES, type BatchHead, CHECKED_FROM, producerIdOf, readHead } from './batch-head.js';
import { decompress } from './compression.js';
import { crc32c } from './crc32c.js';
import type { HeaderCache } from './header-cache.js';
import { holdsRecords, RecordBatch } from './record-batch.js';
import { leftOut } from './transactions.js';

/** The limit of an unpacked batch, in bytes, unless records may be larger. */
export const UNPACKED_BYTES = 32 * 1024 * 1024;

/**
 * Returns the limit of an unpacked batch for a given record limit, in bytes. A record of that size, with the overhead
 * of its batch, always fits.
 */
export function unpackedBytesFor(maxRecordBytes: number): number {
  return Math.max(UNPACKED_BYTES, maxRecordBytes + 1024 * 1024);
}

/** The remaining unpacked bytes for all batches of an answer. Partitions share them. */
export interface Room {
  left: number;
}

export interface ReadOptions {
  /** The requested offset. */
  readonly from: number;
  readonly known: HeaderCache;
  /** The limit of one unpacked batch, in bytes. */
  readonly maxBytes: number;
  readonly room: Room;
}

/** The batches that were read from one partition. */
export interface ReadBatches {
  readonly records: readonly Records[];
  /** The offset after the last batch that was read, even if consumers do not get its records. */
  readonly until: number;
  /** The batch at which reading stopped because it cannot be read. */
  readonly unreadable: UnreadableBatch | undefined;
}

export interface UnreadableBatch {
  /** The first offset of the batch, as far as its head can be trusted. */
  readonly offset: number;
  /** The earliest offset of the next batch; `undefined` if it is unknown. */
  readonly until: number | undefined;
  /** Completes the sentence "The batch cannot be read: …". */
  readonly error: Error;
}

/**
 * Splits an answer of a broker into batches, without decoding their records. Omits transaction markers and aborted
 * records.
 *
 * - Stops before a compressed batch that exceeds the remaining unpacked bytes. The consumer must fetch it again.
 * - Stops at a batch that is damaged, too large or in an unknown format. The batches before it are returned.
 */
export async function readBatches(
  { records: bytes, abortedTransactions }: Pick<FetchedPartition, 'records' | 'abortedTransactions'>,
  { from, known, maxBytes, room }: ReadOptions,
): Promise<ReadBatches> {
  const isLeftOut = leftOut(abortedTransactions);
  const records: Records[] = [];
  let until = from;
  for (let at = 0; at < bytes.length;) {
    let head: BatchHead | undefined;
    try {
      head = readHead(bytes, at);
      if (head === undefined) {
        // The broker cuts the answer at its size limit, but never within the first batch.
        if (at > 0) break;
        throw new Error('the broker returned only a part of it');
      }
      check(head, bytes.subarray(at, at + head.length), until);
      if (!isLeftOut(head, () => producerIdOf(bytes, at)) && head.count > 0) {
        if (head.codec !== 0 && room.left <= 0) break;
        const stored = bytes.subarray(at + BATCH_HEAD_BYTES, at + head.length);
        const plain = head.codec === 0 ? apart(stored) : await decompress(head.codec, stored, { maxBytes });
        if (head.codec !== 0) room.left -= plain.length;
        if (!holdsRecords(plain, head.count))
          throw new Error(`it does not contain the ${head.count} records that its header names`);
        records.push(new RecordBatch(plain, head, known));
      }
    } catch (thrown) {
      return { records, until, unreadable: unreadable(thrown, head, { bytes, at, until }) };
    }
    until = head.lastOffset + 1;
    at += head.length;
  }
  return { records, until, unreadable: undefined };
}

function check({ baseOffset, lastOffset, count, checksum }: BatchHead, batch: Buffer, until: number): void {
  if (crc32c(batch.subarray(CHECKED_FROM)) !== checksum) throw new DamagedError('its checksum is wrong');
  // Compaction removes records but keeps the offsets.
  const isPossible = baseOffset >= 0 && lastOffset >= until && count >= 0 && count <= lastOffset - baseOffset + 1;
  if (!isPossible) throw new DamagedError('its header is damaged');
}

function unreadable(
  thrown: unknown,
  head: BatchHead | undefined,
  { bytes, at, until }: { readonly bytes: Buffer; readonly at: number; readonly until: number },
): UnreadableBatch {
  const isBehind = (offset: number | undefined): offset is number => offset !== undefined && offset > until;
  const baseOffset = baseOffsetAt(bytes, at);
  // The first batch may begin before the requested offset.
  const offset = at === 0 || isBehind(baseOffset) ? (baseOffset ?? until) : until;
  const next = thrown instanceof DamagedError ? baseOffsetAt(bytes, at + (head?.length ?? 0)) : head?.lastOffset;
  const behind = thrown instanceof DamagedError || next === undefined ? next : next + 1;
  return { offset, until: isBehind(behind) ? behind : undefined, error: asError(thrown) };
}

/** Only the length in the head of the batch can be trusted. */
class DamagedError extends Error {
  override readonly name = 'DamagedError';
}

const SMALL_BYTES = 64 * 1024;

/** Copies the bytes, because a small batch must not keep an answer of up to 10 MiB in memory. */
function apart(stored: Buffer): Buffer {
  return stored.length < SMALL_BYTES ? Buffer.from(stored) : stored;
}
