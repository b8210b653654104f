import type { ReceivedRecord } from '../../core/backend.js';
import { compareNumbers, isPassed, type Range } from '../../core/member/settled-ranges.js';
import { NUMBERS } from './batch.js';
import { decodeHeaders } from './headers.js';
import type { Batch } from '../thread/protocol.js';

/** What the group knows about records, by their positions. */
interface Known {
  /** The ranges settled before the group was moved. */
  readonly passed: readonly Range<number>[];
  /** Position → how many members have vanished while they held this record. */
  readonly abandoned: ReadonlyMap<number, number>;
}

const NOTHING: Known = { passed: [], abandoned: new Map() };

/** The records of a batch. They share the memory of the batch. */
export function receivedRecords(
  topic: string,
  { numbers, bytes }: Batch,
  { passed, abandoned }: Known = NOTHING,
): ReceivedRecord[] {
  const memory = Buffer.from(bytes);
  const records: ReceivedRecord[] = [];
  let at = 0;
  const part = (length = -1): Buffer | null => (length < 0 ? null : memory.subarray(at, (at += length)));
  for (let n = 0; n < numbers.length; n += NUMBERS) {
    const position = numbers[n] ?? 0;
    const record: ReceivedRecord = {
      topic,
      partition: 0,
      position: String(position),
      timestamp: numbers[n + 1] ?? 0,
      isReplay: isPassed(passed, position, compareNumbers),
      key: part(numbers[n + 2]),
      value: part(numbers[n + 3]),
      headers: decodeHeaders(part(numbers[n + 4]), records.at(-1)?.headers),
    };
    const times = abandoned.get(position);
    records.push(times === undefined ? record : { ...record, abandoned: times });
  }
  return records;
}
