import { UnavailableError } from '../../core/errors.js';
import { positionText } from '../position.js';
import type { UnreadableBatch } from './batches.js';

/** Returns the error of a batch that cannot be read, for operators: where it is, why, and how to skip it. */
export function unreadableError(
  { topic, partition }: { readonly topic: string; readonly partition: number },
  { offset, until, error }: UnreadableBatch,
): UnavailableError {
  const behind = until === undefined ? 'a position behind it' : positionText(partition, until);
  return new UnavailableError(
    `Kafka: the batch at offset ${offset} of partition ${partition} of ${topic} cannot be read: ${error.message}. ` +
      `To skip it, stop the group's members and move the group to ${behind} (event-bus move).`,
    { cause: error },
  );
}
