import { asError } from '../../core/backoff.js';
import type { Records } from '../port.js';
import type { FetchedPartition } from '../protocol/fetch.js';
import { baseOffsetAt, BATCH_HEAD_BYTES, type BatchHead, CHECKED_FROM, producerIdOf, readHead } from './batch-head.js';
import { decompress } from './compression.js';
import { crc32c } from './crc32c.js';
import type { HeaderCache } from './header-cache.js';
import { holdsRecords, RecordBatch } from './record-batch.js';
import { leftOut } from './transactions.js';

/** A compressed batch may unpack to so much, in bytes, unless records may be larger. */
export const UNPACKED_BYTES = 32 * 1024 * 1024;

/** What a compressed batch may unpack to where records may have so many bytes: one of them, and what the batch has around it, always fits. */
export function unpackedBytesFor(maxRecordBytes: number): number {
  return Math.max(UNPACKED_BYTES, maxRecordBytes + 1024 * 1024);
}

/** How much the batches of one answer may still unpack to, in bytes: what one partition takes is not there for the next. */
export interface Room {
  left: number;
}

export interface ReadOptions {
  /** The offset that was asked for. */
  readonly from: number;
  readonly known: HeaderCache;
  /** What one batch may unpack to, in bytes. */
  readonly maxBytes: number;
  readonly room: Room;
}

/** What was read of one partition. */
export interface ReadBatches {
  readonly records: readonly Records[];
  /** Behind the last batch that was read, also where its records are not for consumers. */
  readonly until: number;
  /** What kept it from being read on. */
  readonly unreadable: UnreadableBatch | undefined;
}

export interface UnreadableBatch {
  /** Where the batch begins, as far as its head can be believed. */
  readonly offset: number;
  /** Where the next one begins at the earliest; `undefined` where that is not known. */
  readonly until: number | undefined;
  /** Completes the sentence "The batch cannot be read: …". */
  readonly error: Error;
}

/**
 * Takes what a broker answered apart into batches, without looking at their records. Marks of transactions and what was aborted are left out.
 *
 * Stops before a compressed batch when there is no room any more: it has to be asked for once more. Stops at a batch that is damaged, in an unknown
 * form or too large; what was read before it stands.
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
        // The broker cuts the answer where it is full, but never within its first batch.
        if (at > 0) break;
        throw new Error('the broker answered with a part of it');
      }
      check(head, bytes.subarray(at, at + head.length), until);
      if (!isLeftOut(head, () => producerIdOf(bytes, at)) && head.count > 0) {
        if (head.codec !== 0 && room.left <= 0) break;
        const stored = bytes.subarray(at + BATCH_HEAD_BYTES, at + head.length);
        const plain = head.codec === 0 ? apart(stored) : await decompress(head.codec, stored, { maxBytes });
        if (head.codec !== 0) room.left -= plain.length;
        if (!holdsRecords(plain, head.count)) throw new Error(`it does not hold the ${head.count} records it names`);
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
  // Compaction takes records away, and leaves the offsets.
  const isPossible = baseOffset >= 0 && lastOffset >= until && count >= 0 && count <= lastOffset - baseOffset + 1;
  if (!isPossible) throw new DamagedError('its head is damaged');
}

function unreadable(
  thrown: unknown,
  head: BatchHead | undefined,
  { bytes, at, until }: { readonly bytes: Buffer; readonly at: number; readonly until: number },
): UnreadableBatch {
  const isBehind = (offset: number | undefined): offset is number => offset !== undefined && offset > until;
  const baseOffset = baseOffsetAt(bytes, at);
  // The first one may begin before the offset that was asked for.
  const offset = at === 0 || isBehind(baseOffset) ? (baseOffset ?? until) : until;
  const next = thrown instanceof DamagedError ? baseOffsetAt(bytes, at + (head?.length ?? 0)) : head?.lastOffset;
  const behind = thrown instanceof DamagedError || next === undefined ? next : next + 1;
  return { offset, until: isBehind(behind) ? behind : undefined, error: asError(thrown) };
}

/** Nothing that the head says can be believed but its length. */
class DamagedError extends Error {
  override readonly name = 'DamagedError';
}

const SMALL_BYTES = 64 * 1024;

/** A small batch must not keep all that the broker answered with, which may be 10 MiB. */
function apart(stored: Buffer): Buffer {
  return stored.length < SMALL_BYTES ? Buffer.from(stored) : stored;
}
