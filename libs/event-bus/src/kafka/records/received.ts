import type { ReceivedRecord } from '../../core/backend.js';
import { compareNumbers, isPassed, type Range } from '../../core/member/settled-ranges.js';
import { positionText } from '../position.js';
import type { StoredRecord } from '../port.js';

/** Returns the record in core's form. It is a replay if the group had settled its offset before a move. */
export function receivedRecord(
  { offset, timestamp, key, value, headers }: StoredRecord,
  { topic, partition, passed }: Place,
): ReceivedRecord {
  const position = positionText(partition, offset);
  const isReplay = isPassed(passed, offset, compareNumbers);
  return { topic, partition, position, timestamp, isReplay, key, value, headers };
}

interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly passed: readonly Range<number>[];
}
