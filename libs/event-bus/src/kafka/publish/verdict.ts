import { isMissingRight, REFUSALS } from '../client/errors.js';

/** What follows from an error that a broker answered with for a batch. */
export type Verdict =
  /** No batch with these records is ever taken: smaller ones may be. */
  | 'refused'
  /** It is in the log, but the broker has forgotten where. It remembers as many batches as are ever open, so that none should say so. */
  | 'lost sight'
  /** The same batch has to be sent again, perhaps to another broker: it may be in the log. */
  | 'again'
  /** The broker misses what came before, so that it did not take this one. */
  | 'gap'
  /** The broker does not count our numbers any more, and did not take it. */
  | 'forgotten';

const FORGOTTEN: ReadonlySet<string> = new Set([
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'PRODUCER_FENCED',
]);

/** By which a batch may be refused for some of its records, or for all of them together. */
const MAY_BE_SMALLER: ReadonlySet<string> = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
]);

/** By which a broker says that it is not the one to ask. */
const MOVED: ReadonlySet<string> = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'LEADER_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'REPLICA_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
]);

/** `type` is the name of the error. What is unknown is tried again until its time is over. */
export function verdictOn(type: string): Verdict {
  if (REFUSALS.has(type) || isMissingRight({ type })) return 'refused';
  if (FORGOTTEN.has(type)) return 'forgotten';
  if (type === 'DUPLICATE_SEQUENCE_NUMBER') return 'lost sight';
  return type === 'OUT_OF_ORDER_SEQUENCE_NUMBER' ? 'gap' : 'again';
}

export function mayBeSmaller(type: string): boolean {
  return MAY_BE_SMALLER.has(type);
}

/** Whether the leader has to be looked up before it is tried again. */
export function hasMoved(type: string): boolean {
  return MOVED.has(type);
}
