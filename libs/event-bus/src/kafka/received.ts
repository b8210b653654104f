import type { ReceivedRecord } from '../core/backend.js';
import { positionText } from './position.js';
import type { StoredRecord } from './port.js';

/** The record as core knows it; before the offset `replayUntil` it is a replay. */
export function receivedRecord(
  { offset, timestamp, key, value, headers }: StoredRecord,
  { topic, partition, replayUntil }: Place,
): ReceivedRecord {
  const position = positionText(partition, offset);
  return { topic, partition, position, timestamp, isReplay: offset < replayUntil, key, value, headers };
}

interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly replayUntil: number;
}
