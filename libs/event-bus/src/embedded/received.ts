import type { ReceivedRecord } from '../core/backend.js';
import { compareNumbers, isPassed, type Range } from '../core/passed.js';
import { decodeHeaders } from './headers.js';
import { unpack } from './packed.js';
import type { Batch } from './protocol.js';

/** The records of a batch; those among the passed are replays. Their bytes share the batch's memory. */
export function receivedRecords(
  topic: string,
  { positions, timestamps, packed }: Batch,
  passed: readonly Range<number>[],
): ReceivedRecord[] {
  const records: ReceivedRecord[] = [];
  for (const [key, value, headers] of unpack(packed)) {
    const position = positions[records.length] ?? 0;
    const timestamp = timestamps[records.length] ?? 0;
    records.push({
      topic,
      partition: 0,
      position: String(position),
      timestamp,
      isReplay: isPassed(passed, position, compareNumbers),
      key,
      value,
      headers: decodeHeaders(headers),
    });
  }
  return records;
}
