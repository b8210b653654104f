import type { ReceivedRecord } from '../core/backend.js';
import { compareNumbers, isPassed, type Range } from '../core/passed.js';
import { NUMBERS } from './batch.js';
import { decodeHeaders } from './headers.js';
import type { Batch } from './protocol.js';

/** The records of a batch; those among the passed are replays. Their bytes share the batch's memory. */
export function receivedRecords(
  topic: string,
  { numbers, bytes }: Batch,
  passed: readonly Range<number>[],
): ReceivedRecord[] {
  const memory = Buffer.from(bytes);
  const records: ReceivedRecord[] = [];
  let at = 0;
  const part = (length = -1): Buffer | null => (length < 0 ? null : memory.subarray(at, (at += length)));
  for (let n = 0; n < numbers.length; n += NUMBERS) {
    const position = numbers[n] ?? 0;
    records.push({
      topic,
      partition: 0,
      position: String(position),
      timestamp: numbers[n + 1] ?? 0,
      isReplay: isPassed(passed, position, compareNumbers),
      key: part(numbers[n + 2]),
      value: part(numbers[n + 3]),
      headers: decodeHeaders(part(numbers[n + 4]), records.at(-1)?.headers),
    });
  }
  return records;
}
