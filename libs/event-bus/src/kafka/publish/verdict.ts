import { isMissingRight, REFUSALS } from '../client/errors.js';

/** What to do after a broker answered with an error for a batch. */
export type Verdict =
  /** The broker never accepts a batch with these records. It may accept smaller ones. */
  | 'refused'
  /**
   * The batch is in the log, but the broker has forgotten where. This should not happen: the broker remembers as many
   * batches as may be open.
   */
  | 'lost sight'
  /** The same batch must be sent again, perhaps to another broker. It may be in the log. */
  | 'again'
  /** The broker misses the records before the batch, so it did not store it. */
  | 'gap'
  /** The broker has forgotten our sequence numbers, and did not store the batch. */
  | 'forgotten';

const FORGOTTEN: ReadonlySet<string> = new Set([
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'PRODUCER_FENCED',
]);

/** Errors that may concern only some records of a batch, or only its size. */
const MAY_BE_SMALLER: ReadonlySet<string> = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
]);

/** Errors of a broker that is not, or no longer, the leader. */
const MOVED: ReadonlySet<string> = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'LEADER_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'REPLICA_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
]);

/** Returns what to do about an error; `type` is its name. Unknown errors are retried until the publish times out. */
export function verdictOn(type: string): Verdict {
  if (REFUSALS.has(type) || isMissingRight({ type })) return 'refused';
  if (FORGOTTEN.has(type)) return 'forgotten';
  if (type === 'DUPLICATE_SEQUENCE_NUMBER') return 'lost sight';
  return type === 'OUT_OF_ORDER_SEQUENCE_NUMBER' ? 'gap' : 'again';
}

export function mayBeSmaller(type: string): boolean {
  return MAY_BE_SMALLER.has(type);
}

/** Whether to look up the leader before the next attempt. */
export function hasMoved(type: string): boolean {
  return MOVED.has(type);
}
